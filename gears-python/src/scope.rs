//! The scopes of a body and the names that are used in them, in words of our own.
//!
//! What a name means in Python is settled by the scopes alone, before anything runs; so every question about names is
//! answered from this tree. What it holds at a certain point is answered from the [steps](crate::step) that each scope
//! takes.

use std::collections::{HashMap, HashSet};

use crate::condition::Facts;
use crate::step::Block;
use crate::word::Member;

/// What opens a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScopeKind {
    /// A file of its own; a body is none, it stands in a function.
    Module,
    /// The body itself, a `def` or a `lambda`.
    Function,
    /// A class body: its names are not seen from the functions inside of it.
    Class,
    /// A comprehension in brackets.
    Comprehension,
    /// A generator expression: lazy, so that it may await where a function may not.
    Generator,
    /// The type parameters of a `def`, `class` or `type`, with what is around them.
    TypeParameters,
}

impl ScopeKind {
    /// Returns whether the scope is that of a comprehension or generator expression: an expression, not a block.
    pub(crate) fn is_comprehension(self) -> bool {
        matches!(self, Self::Comprehension | Self::Generator)
    }

    /// Returns whether what is in the scope runs later, when somebody calls it.
    pub(crate) fn is_deferred(self) -> bool {
        self == Self::Function
    }

    /// Returns whether the names of a class around the scope are seen from inside of it.
    pub(crate) fn sees_class(self) -> bool {
        matches!(
            self,
            Self::Comprehension | Self::Generator | Self::TypeParameters
        )
    }
}

/// What is done with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UseKind {
    Read,
    Bind,
    /// `del name`
    Delete,
    /// The end of `except … as name`, which takes the name away.
    Forget,
    /// `name: type` without a value: the name belongs to the scope, and holds nothing.
    Declare,
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
    /// A `NameError` would be caught, so the code counts with one.
    pub(crate) guarded: bool,
    /// It happens at a time of its own, if at all, as in an annotation.
    pub(crate) is_aside: bool,
}

impl Use {
    pub(crate) fn new(name: &str, kind: UseKind, offset: usize) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            offset,
            guarded: false,
            is_aside: false,
        }
    }

    /// Returns the place of the name, in bytes of the text.
    pub(crate) fn range(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + self.name.len()
    }
}

/// What is known of a name in one scope, whatever the order of its uses.
#[derive(Clone, Copy, Debug, Default)]
struct Traits {
    read: bool,
    owned: bool,
    parameter: bool,
    global: bool,
    nonlocal: bool,
    /// The index of the first use that is no declaration.
    first: Option<usize>,
}

/// One `return` of a function.
#[derive(Clone, Debug)]
pub(crate) struct Return {
    pub(crate) offset: usize,
    pub(crate) len: usize,
    /// There is no value, or the word `None`.
    pub(crate) is_empty: bool,
}

/// One scope, with the scopes inside of it.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub(crate) kind: ScopeKind,
    pub(crate) is_async: bool,
    pub(crate) uses: Vec<Use>,
    pub(crate) children: Vec<Scope>,
    /// What happens in the scope, in the order in which it runs.
    pub(crate) steps: Block,
    /// Names that hold what the server has answered.
    pub(crate) answers: HashSet<String>,
    /// Names that are called, or `cmd` whose methods are, with the places.
    pub(crate) calls: Vec<(String, usize)>,
    /// What is read of the words that the server brings.
    pub(crate) members: Vec<Member>,
    /// Names that get a module or a part of one here, and nobody counts with its absence.
    pub(crate) imported: Vec<(String, usize)>,
    /// What its branches ask.
    pub(crate) facts: Facts,
    /// `from … import *` is in it, so it may hold any name.
    pub(crate) imports_star: bool,
    traits: HashMap<String, Traits>,
    /// The first thing that is awaited in this function itself, not in one inside of it.
    pub(crate) awaits: Option<(usize, usize)>,
    /// This function itself yields.
    pub(crate) yields: Option<(usize, usize)>,
    /// Where the first `return` with a value of this function itself stands.
    pub(crate) returns_value: Option<usize>,
    /// This function has a `return` whose value is not the word `None`.
    pub(crate) returns_something: bool,
    /// Every `return` of this function itself.
    pub(crate) returns: Vec<Return>,
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
            steps: Vec::new(),
            answers: HashSet::new(),
            calls: Vec::new(),
            members: Vec::new(),
            imported: Vec::new(),
            facts: Facts::default(),
            imports_star: false,
            traits: HashMap::new(),
            awaits: None,
            yields: None,
            returns_value: None,
            returns_something: false,
            returns: Vec::new(),
            ends_raising: false,
        }
    }

    /// Adds a use and returns its index.
    pub(crate) fn note(&mut self, used: Use) -> usize {
        let traits = match self.traits.get_mut(&used.name) {
            Some(traits) => traits,
            None => self.traits.entry(used.name.clone()).or_default(),
        };
        match used.kind {
            UseKind::Read => traits.read = true,
            UseKind::Bind | UseKind::Delete | UseKind::Forget | UseKind::Declare => {
                traits.owned = true;
            }
            UseKind::Parameter => {
                traits.owned = true;
                traits.parameter = true;
            }
            UseKind::Global => traits.global = true,
            UseKind::Nonlocal => traits.nonlocal = true,
        }
        if matches!(used.kind, UseKind::Read | UseKind::Bind | UseKind::Delete) {
            traits.first.get_or_insert(self.uses.len());
        }
        self.uses.push(used);
        self.uses.len() - 1
    }

    fn traits(&self, name: &str) -> Traits {
        self.traits.get(name).copied().unwrap_or_default()
    }

    /// Returns every name that is used in this scope itself.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.traits.keys().map(String::as_str)
    }

    pub(crate) fn uses_as(&self, name: &str, kind: UseKind) -> bool {
        let traits = self.traits(name);
        match kind {
            UseKind::Read => traits.read,
            UseKind::Parameter => traits.parameter,
            UseKind::Global => traits.global,
            UseKind::Nonlocal => traits.nonlocal,
            UseKind::Bind | UseKind::Delete | UseKind::Forget | UseKind::Declare => self
                .uses
                .iter()
                .any(|used| used.kind == kind && used.name == name),
        }
    }

    /// Returns whether the name belongs to this scope.
    pub(crate) fn owns(&self, name: &str) -> bool {
        let traits = self.traits(name);
        traits.owned && !traits.global && !traits.nonlocal
    }

    /// Returns the reads of names that neither this scope has nor one of those around it, outermost first.
    pub(crate) fn free_reads<'a>(&'a self, around: &[&Scope]) -> impl Iterator<Item = &'a Use> {
        let mut seen = vec![self];
        let mut sees_class = self.kind.sees_class();
        for scope in around.iter().rev() {
            if scope.kind != ScopeKind::Class || sees_class {
                seen.push(scope);
            }
            sees_class &= scope.kind.sees_class();
        }
        let free: Vec<&Use> = self
            .uses
            .iter()
            .filter(|used| used.kind == UseKind::Read)
            .filter(|used| !self.uses_as(&used.name, UseKind::Global))
            .filter(|used| !seen.iter().any(|scope| scope.owns(&used.name)))
            .collect();
        free.into_iter()
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
        if let Some(offset) = self
            .returns_value
            .filter(|_| self.awaits.is_some() && self.yields.is_some())
        {
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
            let used_before = self
                .traits(name)
                .first
                .map(|index| &self.uses[index])
                .filter(|used| used.offset < declared.offset);
            if let Some(used) = used_before {
                report(
                    used,
                    format!("name `{name}` is used prior to its {word} declaration"),
                );
            } else if word == "nonlocal" {
                let bound = around.iter().any(|scope| match scope.kind {
                    // Every method has a cell for its class.
                    ScopeKind::Class => name == "__class__",
                    _ => scope.owns(name),
                });
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
