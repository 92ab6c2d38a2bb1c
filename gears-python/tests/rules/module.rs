//! Modules: since which version, and from where.

use gears_python::{Body, Checker, Origin, Rule};

use crate::fine;

#[test]
fn modules_have_versions() {
    for (oldest, text, part) in [
        ("3.9", "import tomllib", "came with Python 3.11"),
        ("3.9", "from tomllib import loads", "python = \"3.11\""),
        ("3.8", "import zoneinfo", "came with Python 3.9"),
        ("3.9", "import asyncore", "no part of Python 3.12 and later"),
        ("3.13", "import cgi", "urllib.parse"),
        ("3.9", "from distutils.core import setup", "setuptools"),
        ("3.13", "import compression.zstd", "3.14"),
    ] {
        let body = Body::new(text, Origin::exact("x", 1, 1));
        let report = Checker::new(oldest.parse().unwrap()).check(&body);
        let told = report.diagnostics()[0].to_string();
        assert_eq!(report.diagnostics()[0].rule(), Some(Rule::ModuleVersion));
        assert!(told.contains(part), "{told}");
    }
    fine("import tomllib\nreturn tomllib");
    fine("try:\n    import imp\nexcept ImportError:\n    imp = None\nreturn imp");
    fine("import sys\nif sys.version_info < (3, 12):\n    import imp\n    return imp");
}

#[test]
fn modules_come_from_somewhere() {
    let told = |text: &str, requirements: &[&str]| -> Vec<String> {
        let body = Body::new(text, Origin::exact("x", 1, 1));
        Checker::new("3.9".parse().unwrap())
            .requirements(requirements)
            .allow(&[Rule::UnusedImport])
            .check(&body)
            .diagnostics()
            .iter()
            .map(|it| {
                assert_eq!(it.rule(), Some(Rule::MissingRequirement), "{it}");
                it.help().unwrap().to_owned()
            })
            .collect()
    };
    assert_eq!(
        told("import requests", &[]),
        ["say `requirements = [\"requests\"]`"]
    );
    assert_eq!(
        told("from yaml import load", &["requests>=2"]),
        ["say `requirements = [\"requests>=2\", \"pyyaml\"]`"]
    );
    assert_eq!(
        told("import numpy as np\nfrom numpy import array", &[]).len(),
        1
    );
    for (text, requirements) in [
        ("import requests", &["requests>=2"] as &[&str]),
        ("import json, os.path, _thread", &[]),
        ("import redis, cloudpickle, redisgears", &[]),
        ("from PIL import Image", &["Pillow"]),
        ("try:\n    import ujson\nexcept ImportError:\n    pass", &[]),
        ("import anything", &["git+https://example.org/anything"]),
        ("from . import sibling", &[]),
    ] {
        assert!(told(text, requirements).is_empty(), "{text}");
    }
}
