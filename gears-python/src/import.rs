/// A module that a body imports.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    /// With all its dots: `xml.etree`.
    pub(crate) module: String,
    pub(crate) offset: usize,
    pub(crate) len: usize,
    /// The code counts with the module missing: it catches the error, or looks at the version first.
    pub(crate) guarded: bool,
}

impl Import {
    /// Returns the name before the first dot.
    pub(crate) fn top(&self) -> &str {
        self.module.split('.').next().unwrap_or(&self.module)
    }
}
