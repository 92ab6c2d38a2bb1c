//! Finds the names that are read and bound nowhere.
//!
//! Which scope a name belongs to is settled before anything runs: the innermost one around the read that binds it,
//! where classes are seen only from what stands in them directly; else the module; else Python's builtins.

use std::collections::HashSet;

use crate::builtin;
use crate::confusable::look_alike;
use crate::flow::Flow;
use crate::gear_builtin;
use crate::help::Help;
use crate::module;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::scope::{Scope, ScopeKind, Use, UseKind};
use crate::suggestion::nearest;
use crate::version::PythonVersion;

/// For how many names to look for what was meant.
const EXPLAINED: usize = 20;

/// What a text can read without binding it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surroundings {
    /// The globals of a script on a server of gears.
    Gear,
    /// Nothing but what Python gives to a file.
    File,
}

impl Surroundings {
    /// Returns whether a name is there, besides Python's builtins.
    pub(crate) fn bring(self, name: &str) -> bool {
        match self {
            Self::Gear => gear_builtin::is_builtin(name),
            Self::File => builtin::is_of_file(name),
        }
    }
}

/// The search through one tree of scopes.
pub(crate) struct Resolution<'a> {
    pub(crate) surroundings: Surroundings,
    pub(crate) oldest: PythonVersion,
    /// Names that something declares global: they live in the module, wherever they are bound.
    globals: HashSet<&'a str>,
    /// Names that the module takes back before its functions are called from outside.
    gone: HashSet<String>,
    problems: Vec<Problem>,
    told: HashSet<&'a str>,
}

impl<'a> Resolution<'a> {
    /// Returns the breaches in a tree, each name once unless `every` read shall be told.
    pub(crate) fn problems(
        root: &'a Scope,
        surroundings: Surroundings,
        oldest: PythonVersion,
        every: bool,
    ) -> Vec<Problem> {
        let mut globals = HashSet::new();
        if collect(root, &mut globals) {
            // `from … import *` may have brought anything.
            return Vec::new();
        }
        let mut resolution = Self {
            surroundings,
            oldest,
            globals,
            gone: match root.kind {
                ScopeKind::Module => Flow::of(root).gone,
                _ => HashSet::new(),
            },
            problems: Vec::new(),
            told: HashSet::new(),
        };
        resolution.scope(root, &mut Vec::new(), every);
        resolution.problems
    }

    fn scope(&mut self, scope: &'a Scope, around: &mut Vec<&'a Scope>, every: bool) {
        around.push(scope);
        for used in &scope.uses {
            if used.kind == UseKind::Read
                && !used.guarded
                && !self.is_bound(&used.name, around)
                && (every || self.told.insert(&used.name))
            {
                self.report(used, around);
            }
        }
        for child in &scope.children {
            self.scope(child, around, every);
        }
        around.pop();
    }

    fn is_bound(&self, name: &str, around: &[&Scope]) -> bool {
        self.is_bound_in_scopes(name, around)
            || self.globals.contains(name)
            || builtin::since(name).is_some_and(|version| version <= self.oldest)
            || self.surroundings.bring(name)
    }

    fn is_bound_in_scopes(&self, name: &str, around: &[&Scope]) -> bool {
        let mut sees_class = true;
        for scope in around.iter().rev() {
            if scope.kind == ScopeKind::Class {
                if name == "__class__" && !sees_class {
                    return true;
                }
                let is_magic = matches!(name, "__module__" | "__qualname__");
                if sees_class && (is_magic || scope.owns(name)) {
                    return true;
                }
            } else if scope.owns(name) {
                let is_later = around.iter().any(|scope| scope.kind.is_deferred());
                return scope.kind != ScopeKind::Module || !is_later || !self.gone.contains(name);
            }
            sees_class &= scope.kind.sees_class();
        }
        false
    }

    fn report(&mut self, used: &'a Use, around: &[&Scope]) {
        let name = &used.name;
        // Of so many, the later ones are never told, and looking for what was meant takes time.
        let (message, help) = if self.problems.len() < EXPLAINED {
            self.explain(name, around)
        } else {
            (format!("`{name}` is not defined"), None)
        };
        self.problems
            .push(Problem::breach(Rule::UndefinedName, used.range(), message).with_help(help));
    }

    fn explain(&self, name: &str, around: &[&Scope]) -> (String, Option<Help>) {
        if let Some(version) = builtin::since(name) {
            let message = format!("`{name}` is a builtin from Python {version} on");
            return (message, Some(Help::Needs(version)));
        }
        let message = format!("`{name}` is not defined");
        if self.surroundings == Surroundings::Gear {
            let word = match name {
                "null" | "nil" | "NULL" => Some("None"),
                "true" => Some("True"),
                "false" => Some("False"),
                "redis" => Some("cmd"),
                _ => None,
            };
            if let Some(word) = word {
                return (message, Some(format!("did you mean `{word}`?").into()));
            }
        }
        if module::is_standard(name) && !name.starts_with('_') {
            return (
                message,
                Some(format!("add `import {name}` before it").into()),
            );
        }
        let is_of_class = |scope: &&Scope| scope.kind == ScopeKind::Class && scope.owns(name);
        if around.iter().any(is_of_class) {
            let help = format!("names of a class are not seen in its methods, write `self.{name}`");
            return (message, Some(help.into()));
        }
        let own: Vec<&str> = around
            .iter()
            .filter(|scope| scope.kind != ScopeKind::Class)
            .flat_map(|scope| scope.names().filter(|known| scope.owns(known)))
            .collect();
        let alike =
            look_alike(name, own.iter().copied()).or_else(|| look_alike(name, builtin::always()));
        if let Some((alike, letter)) = alike {
            let code = u32::from(letter);
            let help =
                format!("`{alike}` only looks the same: mind the letter `{letter}` (U+{code:04X})");
            return (message, Some(help.into()));
        }
        let gears = gear_builtin::documented().filter(|_| self.surroundings == Surroundings::Gear);
        let near = nearest(name, own)
            .or_else(|| nearest(name, gears))
            .or_else(|| nearest(name, builtin::always()))
            .or_else(|| nearest(name, module::all()).filter(|_| name.len() > 4));
        let help = near.map(|near| format!("did you mean `{near}`?").into());
        (message, help)
    }
}

/// Collects what is declared global; returns whether anything is imported with a star.
fn collect<'a>(scope: &'a Scope, globals: &mut HashSet<&'a str>) -> bool {
    let declared = scope
        .uses
        .iter()
        .filter(|used| used.kind == UseKind::Global)
        .map(|used| used.name.as_str());
    globals.extend(declared);
    let mut star = scope.imports_star;
    for child in &scope.children {
        star |= collect(child, globals);
    }
    star
}
