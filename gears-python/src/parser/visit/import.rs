//! What is imported, and the names that it gets.

use ruff_python_ast as ast;
use ruff_text_size::TextRange;

use crate::import::Import;
use crate::parser::Walk;
use crate::scope::UseKind;

impl Walk<'_> {
    /// `import a.b`
    pub(super) fn modules(&mut self, import: &ast::StmtImport) {
        for alias in &import.names {
            self.import(alias.name.to_string(), alias.name.range);
            // `import a.b` binds `a`, `import a.b as c` binds `c`.
            match (&alias.asname, alias.name.as_str().split_once('.')) {
                (Some(name), _) => self.bind_import(name.as_str(), name.range),
                (None, Some((name, _))) => self.bind_import(name, alias.name.range),
                (None, None) => self.bind_import(alias.name.as_str(), alias.name.range),
            }
        }
    }

    /// `from a import b`
    pub(super) fn members(&mut self, import: &ast::StmtImportFrom) {
        if let (0, Some(module)) = (import.level, &import.module) {
            self.import(module.to_string(), module.range);
        }
        for alias in &import.names {
            if alias.name.as_str() == "*" {
                self.nesting.top().scope.imports_star = true;
                continue;
            }
            let name = alias.asname.as_ref().unwrap_or(&alias.name);
            self.bind_import(name.as_str(), name.range);
        }
    }

    fn bind_import(&mut self, name: &str, range: TextRange) {
        self.note(name, UseKind::Bind, range);
        if self.import_guards == 0 {
            let imported = (name.to_owned(), range.start().to_usize());
            self.nesting.top().scope.imported.push(imported);
        }
    }

    fn import(&mut self, module: String, range: TextRange) {
        self.imports.push(Import {
            module,
            offset: range.start().to_usize(),
            len: range.len().to_usize(),
            guarded: self.import_guards > 0,
        });
    }
}
