//! Which package brings which module: most have the same name, these have not.

/// Modules, with their dots where the first part is shared, and the package that pip knows.
const PACKAGES: &[(&str, &str)] = &[
    ("Crypto", "pycryptodome"),
    ("Levenshtein", "levenshtein"),
    ("MySQLdb", "mysqlclient"),
    ("OpenSSL", "pyopenssl"),
    ("PIL", "pillow"),
    ("_cffi_backend", "cffi"),
    ("attr", "attrs"),
    ("bs4", "beautifulsoup4"),
    ("cv2", "opencv-python"),
    ("dateutil", "python-dateutil"),
    ("discord", "discord.py"),
    ("dns", "dnspython"),
    ("docx", "python-docx"),
    ("dotenv", "python-dotenv"),
    ("faiss", "faiss-cpu"),
    ("fitz", "pymupdf"),
    ("git", "gitpython"),
    ("github", "pygithub"),
    ("google.protobuf", "protobuf"),
    ("grpc", "grpcio"),
    ("jose", "python-jose"),
    ("jwt", "pyjwt"),
    ("ldap", "python-ldap"),
    ("magic", "python-magic"),
    ("multipart", "python-multipart"),
    ("mysql", "mysql-connector-python"),
    ("nacl", "pynacl"),
    ("pkg_resources", "setuptools"),
    ("pptx", "python-pptx"),
    ("psycopg2", "psycopg2-binary"),
    ("rapidjson", "python-rapidjson"),
    ("rest_framework", "djangorestframework"),
    ("serial", "pyserial"),
    ("skimage", "scikit-image"),
    ("sklearn", "scikit-learn"),
    ("slugify", "python-slugify"),
    ("socks", "pysocks"),
    ("telegram", "python-telegram-bot"),
    ("usb", "pyusb"),
    ("websocket", "websocket-client"),
    ("yaml", "pyyaml"),
    ("zmq", "pyzmq"),
];

/// Modules that several packages share, so that the first part says nothing.
const SHARED: &[&str] = &["azure", "google", "zope"];

/// Returns the package to require for a module.
pub(crate) fn package_of(module: &str) -> String {
    let is_within = |whole: &str| {
        module
            .strip_prefix(whole)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    if let Some((_, package)) = PACKAGES.iter().find(|(name, _)| is_within(name)) {
        return (*package).to_owned();
    }
    let parts: Vec<&str> = module.split('.').collect();
    let count = match parts[0] {
        top if SHARED.contains(&top) => match parts.get(1) {
            Some(&"cloud") => 3,
            _ => 2,
        },
        _ => 1,
    };
    normal(&parts[..count.min(parts.len())].join("-"))
}

/// Returns whether one of the requirements, as pip spells them, brings a module; one that names no package, such as a
/// link, may bring any.
pub(crate) fn is_required<'a>(
    module: &str,
    requirements: impl IntoIterator<Item = &'a str>,
) -> bool {
    let package = package_of(module);
    let top = normal(module.split('.').next().unwrap_or(module));
    requirements.into_iter().any(|requirement| {
        match package_named(requirement) {
            // `psycopg2` brings what `psycopg2-binary` brings.
            Some(named) => named == package || named == top || named == format!("python-{top}"),
            None => true,
        }
    })
}

/// Returns the package that a requirement names: what comes before extras, versions and markers.
fn package_named(requirement: &str) -> Option<String> {
    let requirement = requirement.trim();
    let end = requirement
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'))
        .unwrap_or(requirement.len());
    let (name, rest) = requirement.split_at(end);
    let is_path = name.starts_with('.') || rest.starts_with(['/', ':', '+', '\\']);
    let is_file = name.ends_with(".whl") || name.ends_with(".tar.gz") || name.ends_with(".zip");
    (!name.is_empty() && !is_path && !is_file).then(|| normal(name))
}

/// Spells a name as PEP 503 does: case and kind of separator do not matter.
fn normal(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            other => normal.push(other.to_ascii_lowercase()),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_proposed_by_their_own_name() {
        for (module, package) in [
            ("requests", "requests"),
            ("yaml", "pyyaml"),
            ("PIL.Image", "pillow"),
            ("google.protobuf.message", "protobuf"),
            ("google.cloud.storage", "google-cloud-storage"),
            ("google.auth", "google-auth"),
            ("prometheus_client", "prometheus-client"),
            ("google", "google"),
        ] {
            assert_eq!(package_of(module), package, "{module}");
        }
    }

    #[test]
    fn requirements_are_read_as_pip_reads_them() {
        for (module, requirement) in [
            ("requests", "requests"),
            ("requests", "requests>=2,<3"),
            (
                "requests",
                " Requests [socks] == 2.32 ; python_version < '4'",
            ),
            ("prometheus_client", "Prometheus.Client"),
            ("yaml", "PyYAML~=6.0"),
            ("psycopg2", "psycopg2"),
            ("dateutil", "python-dateutil"),
            ("anything", "git+https://example.org/x.git"),
            ("anything", "https://example.org/x-1.0.whl"),
            ("anything", "./wheels/x-1.0-py3-none-any.whl"),
            ("anything", "x-1.0-py3-none-any.whl"),
            ("thing", "thing @ https://example.org/thing.zip"),
        ] {
            assert!(
                is_required(module, [requirement]),
                "{module} by {requirement}"
            );
        }
        assert!(!is_required("requests", ["httpx", "requests-oauthlib"]));
        assert!(!is_required("requests", []));
        assert!(!is_required(
            "other",
            ["thing @ https://example.org/thing.zip"]
        ));
    }
}
