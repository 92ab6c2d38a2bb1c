//! The scopes of a body and the names that are used in them, in words of our own.
//!
//! What a name means in Python is settled by the scopes alone, before anything runs; so every question about names is
//! answered from this tree.

/// What opens a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScopeKind {
    /// The body itself, a `def` or a `lambda`.
    Function,
    /// A class body: its names are not seen from the functions inside of it.
    Class,
    /// A comprehension in brackets.
    Comprehension,
    /// A generator expression: lazy, so that it may await where a function may not.
    Generator,
}

impl ScopeKind {
    /// Returns whether the scope is that of a comprehension or generator expression: an expression, not a block.
    pub(crate) fn is_comprehension(self) -> bool {
        matches!(self, Self::Comprehension | Self::Generator)
    }
}

/// What is done with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UseKind {
    Read,
    Bind,
    Parameter,
    Global,
    Nonlocal,
}

/// One use of a name, with its place in the text of the body.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    pub(crate) name: String,
    pub(crate) kind: UseKind,
    pub(crate) offset: usize,
}

impl Use {
    pub(crate) fn new(name: &str, kind: UseKind, offset: usize) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            offset,
        }
    }
}

/// One scope, with the scopes inside of it.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub(crate) kind: ScopeKind,
    pub(crate) is_async: bool,
    pub(crate) uses: Vec<Use>,
    pub(crate) children: Vec<Scope>,
    /// Something is awaited in this function itself, not in one inside of it.
    pub(crate) awaits: bool,
    /// This function itself yields.
    pub(crate) yields: bool,
    /// Where the first `return` with a value of this function itself stands.
    pub(crate) returns_value: Option<usize>,
    /// This function has a `return` whose value is not the word `None`.
    pub(crate) returns_something: bool,
    /// The last statement of this function raises.
    pub(crate) ends_raising: bool,
}

impl Scope {
    pub(crate) fn new(kind: ScopeKind, is_async: bool) -> Self {
        Self {
            kind,
            is_async,
            uses: Vec::new(),
            children: Vec::new(),
            awaits: false,
            yields: false,
            returns_value: None,
            returns_something: false,
            ends_raising: false,
        }
    }

    pub(crate) fn uses_as(&self, name: &str, kind: UseKind) -> bool {
        self.find(name, kind).is_some()
    }

    fn find(&self, name: &str, kind: UseKind) -> Option<&Use> {
        self.uses
            .iter()
            .find(|used| used.kind == kind && used.name == name)
    }

    /// Returns whether the name belongs to this scope.
    fn owns(&self, name: &str) -> bool {
        self.uses.iter().any(|used| {
            matches!(used.kind, UseKind::Bind | UseKind::Parameter) && used.name == name
        }) && !self.uses_as(name, UseKind::Global)
            && !self.uses_as(name, UseKind::Nonlocal)
    }

    /// Returns whether this scope, as the outermost one, reads the global of that name.
    pub(crate) fn reads_global(&self, name: &str) -> bool {
        let reach = self.reach(name);
        reach.free || reach.global
    }

    /// Returns every name that is read in this scope or one inside of it and bound in none around the use, with the
    /// place of its first use.
    pub(crate) fn free_names(&self) -> Vec<(String, usize)> {
        let mut names = Vec::new();
        self.collect_reads(&mut names);
        names.sort_by(|(one, here), (other, there)| (one, here).cmp(&(other, there)));
        names.dedup_by(|(one, _), (other, _)| one == other);
        names.retain(|(name, _)| self.reads_global(name));
        names.sort_by_key(|(_, offset)| *offset);
        names
    }

    fn collect_reads(&self, names: &mut Vec<(String, usize)>) {
        for used in self.uses.iter().filter(|used| used.kind == UseKind::Read) {
            names.push((used.name.clone(), used.offset));
        }
        for child in &self.children {
            child.collect_reads(names);
        }
    }

    fn reach(&self, name: &str) -> Reach {
        let mut own = self.uses_as(name, UseKind::Read);
        let mut through = false;
        let mut global = false;
        for child in &self.children {
            let reach = child.reach(name);
            global |= reach.global;
            if self.kind == ScopeKind::Class {
                through |= reach.free;
            } else {
                own |= reach.free;
            }
        }
        if self.uses_as(name, UseKind::Global) {
            global |= own;
            own = false;
        } else if self.owns(name) {
            own = false;
        }
        Reach {
            free: own || through,
            global,
        }
    }

    /// Hands every breach of a rule that takes the whole of a scope to `report`: offset, length and message.
    pub(crate) fn check(&self, report: &mut impl FnMut(usize, usize, String)) {
        // Functions inside of this one are the parser's to check; this one has no node of its own.
        if let Some(offset) = self.returns_value.filter(|_| self.awaits && self.yields) {
            report(
                offset,
                "return".len(),
                "`return` with value in async generator".to_owned(),
            );
        }
        self.check_declarations(&mut Vec::new(), &mut |used, message| {
            report(used.offset, used.name.len(), message);
        });
    }

    /// The rules for `global` and `nonlocal`.
    fn check_declarations<'a>(
        &'a self,
        around: &mut Vec<&'a Scope>,
        report: &mut impl FnMut(&Use, String),
    ) {
        for declared in &self.uses {
            let word = match declared.kind {
                UseKind::Global => "global",
                UseKind::Nonlocal => "nonlocal",
                _ => continue,
            };
            let name = &declared.name;
            let used_before = self.uses.iter().find(|used| {
                used.name == *name
                    && used.offset < declared.offset
                    && matches!(used.kind, UseKind::Read | UseKind::Bind)
            });
            if let Some(used) = used_before {
                report(
                    used,
                    format!("name `{name}` is used prior to its {word} declaration"),
                );
            } else if word == "nonlocal" {
                let bound = around
                    .iter()
                    .any(|scope| scope.kind != ScopeKind::Class && scope.owns(name));
                // A parameter that is declared so is another error, which the parser knows of.
                if !bound && !self.uses_as(name, UseKind::Parameter) {
                    report(declared, format!("no binding for nonlocal `{name}` found"));
                }
                if self.uses_as(name, UseKind::Global) {
                    report(declared, format!("name `{name}` is nonlocal and global"));
                }
            }
        }
        around.push(self);
        for child in &self.children {
            child.check_declarations(around, report);
        }
        around.pop();
    }
}

/// How a name leaves a scope.
struct Reach {
    /// To be found further out.
    free: bool,
    /// Declared global, so nothing further out can catch it.
    global: bool,
}
