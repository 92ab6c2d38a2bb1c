//! What breaks the rules, found in scopes, their flow and their imports.

use std::collections::HashSet;

use crate::builtin;
use crate::flow::{Flow, Unbound, is_strict};
use crate::gear_builtin;
use crate::help::Help;
use crate::import::Import;
use crate::module::{self, Absence};
use crate::package::{is_required, package_of};
use crate::parser::normal_form;
use crate::problem::Problem;
use crate::resolution::Surroundings;
use crate::rule::Rule;
use crate::scope::{Scope, ScopeKind, Use, UseKind};
use crate::step::Step;
use crate::version::PythonVersion;

/// Names that are read where they hold no value, and code that is never reached, in a scope and all inside of it.
pub(crate) fn of_scopes(root: &Scope, flow: &Flow, surroundings: Surroundings) -> Vec<Problem> {
    let mut problems = Vec::new();
    of_scope(root, flow, surroundings, &mut problems);
    visit_children(root, surroundings, &mut problems);
    problems
}

fn visit_children(scope: &Scope, surroundings: Surroundings, problems: &mut Vec<Problem>) {
    for child in &scope.children {
        if is_strict(child.kind) || child.kind == ScopeKind::Class {
            of_scope(child, &Flow::of(child), surroundings, problems);
        }
        visit_children(child, surroundings, problems);
    }
}

fn of_scope(scope: &Scope, flow: &Flow, surroundings: Surroundings, problems: &mut Vec<Problem>) {
    if is_strict(scope.kind) {
        let unbound = flow.unbound.iter();
        problems.extend(
            unbound.filter_map(|(used, why)| unbound_name(scope, used, *why, surroundings)),
        );
    }
    problems.extend(unused_imports(scope));
    for range in &flow.unreachable {
        let message = "this is never reached".to_owned();
        let help = "remove it, or what ends the function before it".to_owned();
        problems.push(
            Problem::breach(Rule::UnreachableCode, range.clone(), message).with_help(Some(help)),
        );
    }
}

fn unbound_name(
    scope: &Scope,
    used: &Use,
    why: Unbound,
    surroundings: Surroundings,
) -> Option<Problem> {
    let name = &used.name;
    let bound = scope
        .uses
        .iter()
        .filter(|other| other.kind == UseKind::Bind && other.name == *name);
    if scope.kind == ScopeKind::Module {
        // In a module, a name that is not bound yet is looked for among the builtins; what order files are run in,
        // and what they do to each other, is not known.
        let has_builtin = builtin::since(name).is_some() || surroundings.bring(name);
        let is_bound_before = bound.clone().any(|other| other.offset < used.offset);
        let is_certain = match why {
            Unbound::Never => !is_bound_before,
            Unbound::Deleted | Unbound::Forgotten => true,
            Unbound::Branch | Unbound::Skipped => false,
        };
        if has_builtin || !is_certain {
            return None;
        }
        let message = format!("`{name}` is not defined here yet");
        return Some(Problem::breach(Rule::UndefinedName, used.range(), message));
    }
    let later = bound.clone().map(|other| other.offset).min();
    let (rule, message, help) = match why {
        Unbound::Never => (
            Rule::UnboundLocal,
            format!("`{name}` is read before it is bound"),
            format!(
                "a name that a function binds is its own all over, give `{name}` a value first"
            ),
        ),
        Unbound::Deleted => (
            Rule::UnboundLocal,
            format!("`{name}` is read after `del`"),
            "read it first, or give it another value".to_owned(),
        ),
        Unbound::Forgotten => (
            Rule::UnboundLocal,
            format!("`{name}` is gone here: `except … as {name}` takes it away at its end"),
            "put it into a variable of another name in the `except`".to_owned(),
        ),
        Unbound::Branch => (
            Rule::PossiblyUnbound,
            format!("`{name}` is not bound on every path to here"),
            format!("give `{name}` a value before the branches, like `{name} = None`, or in each"),
        ),
        Unbound::Skipped => (
            Rule::PossiblyUnbound,
            format!("`{name}` may be unbound here: what binds it may not have run"),
            format!("give `{name}` a value before, like `{name} = None`"),
        ),
    };
    let mut problem = Problem::breach(rule, used.range(), message).with_help(Some(help));
    if matches!(why, Unbound::Never | Unbound::Branch | Unbound::Skipped) {
        problem.related = later.map(|offset| ("it is bound", offset));
    }
    Some(problem)
}

/// What a function imports for itself and never reads; what a module imports may be for others.
fn unused_imports(scope: &Scope) -> Vec<Problem> {
    if scope.kind != ScopeKind::Function || scope.imported.is_empty() || looks_up(scope) {
        return Vec::new();
    }
    let is_unused = |name: &str| {
        !name.starts_with('_')
            && scope.owns(name)
            && !is_read(scope, name)
            && !scope.uses_as(name, UseKind::Delete)
    };
    let unused = scope.imported.iter().filter(|(name, _)| is_unused(name));
    let told = unused.map(|(name, offset)| {
        let message = format!("`{name}` is imported and never read");
        let help =
            format!("remove the import, or say `as _{name}` if it is there for what it does");
        let range = *offset..offset + name.len();
        Problem::breach(Rule::UnusedImport, range, message).with_help(Some(help))
    });
    told.collect()
}

/// Returns whether a scope looks names up at run time, so that it may read any of them.
fn looks_up(scope: &Scope) -> bool {
    ["locals", "vars", "eval", "exec", "dir"]
        .iter()
        .any(|name| scope.reads_global(name))
}

/// Calls of builtins that a parameter hides.
pub(crate) fn of_hidden(root: &Scope, parameters: &[&str]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for name in parameters.iter().map(|name| normal_form(name)) {
        let is_hidden = (builtin::since(&name).is_some() || gear_builtin::is_builtin(&name))
            && !root.uses_as(&name, UseKind::Bind);
        let call = is_hidden.then(|| call_of(root, &name)).flatten();
        if let Some(offset) = call {
            let message =
                format!("the parameter `{name}` hides the builtin `{name}`, which is meant here");
            let help = format!("give the parameter another name, like `{name}_`");
            let range = offset..offset + name.len();
            problems
                .push(Problem::breach(Rule::HiddenBuiltin, range, message).with_help(Some(help)));
        }
    }
    problems
}

/// Returns where a name of the outermost scope is called, there or further in.
fn call_of(scope: &Scope, name: &str) -> Option<usize> {
    let own = scope.calls.iter().find(|(called, _)| called == name);
    own.map(|(_, offset)| *offset).or_else(|| {
        let inside = scope.children.iter().filter(|child| !child.owns(name));
        inside.flat_map(|child| call_of(child, name)).next()
    })
}

/// Parameters of the function that a body is, which it never reads.
pub(crate) fn of_parameters(root: &Scope, flow: &Flow, parameters: &[&str]) -> Vec<Problem> {
    // What looks names up at run time may read any of them.
    if looks_up(root) {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for &written in parameters {
        let name = &*normal_form(written);
        if name.starts_with('_') || flow.read_parameters.contains(name) {
            continue;
        }
        let bound = root
            .uses
            .iter()
            .find(|used| used.kind == UseKind::Bind && used.name == name);
        match bound {
            Some(bound) => {
                let message =
                    format!("the parameter `{name}` gets another value before it is read");
                let help = "use another name for the new value, or remove the parameter".to_owned();
                problems.push(
                    Problem::breach(Rule::ShadowedParameter, bound.range(), message)
                        .with_help(Some(help)),
                );
            }
            None if !is_read(root, name) => {
                let message = format!("the Python never reads the parameter `{name}`");
                let help = format!("remove it, or call it `_{name}` if it has to be there");
                let mut problem =
                    Problem::breach(Rule::UnusedParameter, 0..0, message).with_help(Some(help));
                problem.parameter = Some(written.to_owned());
                problems.push(problem);
            }
            // Read where nothing comes by, which is said already.
            None => {}
        }
    }
    problems
}

/// The key that reducers are handed whether they need it or not, by the name that it mostly has: `lambda k, a, r: a + r`.
const KEY_OF_REDUCER: &str = "k";

/// Parameters that a lambda never reads.
pub(crate) fn of_lambda(lambda: &Scope) -> Vec<Problem> {
    if looks_up(lambda) {
        return Vec::new();
    }
    let parameters = lambda
        .uses
        .iter()
        .filter(|used| used.kind == UseKind::Parameter);
    let is_reducer = parameters.clone().count() > 1;
    parameters
        .enumerate()
        .filter(|(index, used)| !(*index == 0 && is_reducer && used.name == KEY_OF_REDUCER))
        .map(|(_, used)| used)
        .filter(|used| !used.name.starts_with('_') && !is_read(lambda, &used.name))
        .map(|used| {
            let name = &used.name;
            let message = format!("the lambda never reads its parameter `{name}`");
            let help = format!("call it `_{name}` if it has to be there");
            Problem::breach(Rule::UnusedParameter, used.range(), message).with_help(Some(help))
        })
        .collect()
}

/// Returns whether a name of this scope is read in it, or in one inside of it that has none of that name.
fn is_read(scope: &Scope, name: &str) -> bool {
    scope.uses_as(name, UseKind::Read)
        || scope.children.iter().any(|child| {
            // The names of a class are not seen from its functions.
            (!child.owns(name) || child.kind == ScopeKind::Class) && is_read(child, name)
        })
}

/// A `yield` in the function that a body is.
pub(crate) fn of_yield(root: &Scope) -> Option<Problem> {
    let (offset, len) = root.yields?;
    let message = "with `yield` a call makes a generator, and runs nothing".to_owned();
    let help = "collect the values in a list, and `return` it".to_owned();
    Some(Problem::breach(Rule::YieldValue, offset..offset + len, message).with_help(Some(help)))
}

/// A place at which a function that shall be atomic waits.
pub(crate) fn of_await(root: &Scope) -> Option<Problem> {
    let (offset, len) = root.awaits?;
    let message = "a gear of mode `sync` is atomic only up to here: while it awaits, other clients read and write";
    let help = "do without, or say mode `async_local` and count with what others do in between";
    let problem = Problem::breach(Rule::AwaitInSync, offset..offset + len, message.to_owned());
    Some(problem.with_help(Some(help.to_owned())))
}

/// The way through a function that ends without a value, when another one has a value.
pub(crate) fn missing_return(root: &Scope, flow: &Flow) -> Option<Problem> {
    if !root.returns_something || root.yields.is_some() {
        return None;
    }
    let (range, message) = match root.returns.iter().find(|returned| returned.is_empty) {
        Some(empty) => (
            empty.offset..empty.offset + empty.len,
            "this `return` has no value, but the type wants one",
        ),
        None if flow.falls_off => {
            let last = root.steps.iter().rev().find_map(|step| match step {
                Step::Statement(range) => Some(range.clone()),
                _ => None,
            });
            (
                last?,
                "after this the function ends without a `return`, but the type wants a value",
            )
        }
        None => return None,
    };
    let help = "return a value on every path, or let the type be an `Option`".to_owned();
    let problem = Problem::breach(Rule::MissingReturn, range, message.to_owned());
    Some(problem.with_help(Some(help)))
}

/// Modules that are not in every Python that has to run the body, or come from packages that nobody requires.
pub(crate) fn of_imports(
    imports: &[Import],
    oldest: PythonVersion,
    requirements: &[&str],
) -> Vec<Problem> {
    let mut told = HashSet::new();
    let mut problems = Vec::new();
    for import in imports.iter().filter(|import| !import.guarded) {
        let module = &import.module;
        let range = import.offset..import.offset + import.len;
        let top = import.top();
        if module::is_standard(top) {
            match module::absence(module, oldest) {
                Some(_) if is_required(module, requirements.iter().copied()) => {}
                Some(Absence::Before(version)) => {
                    let message = format!("the module `{module}` came with Python {version}");
                    problems.push(
                        Problem::breach(Rule::ModuleVersion, range, message)
                            .with_help(Some(Help::Needs(version))),
                    );
                }
                Some(Absence::Since(version, instead)) => {
                    let message =
                        format!("the module `{module}` is no part of Python {version} and later");
                    let help = (!instead.is_empty()).then(|| format!("use {instead} instead"));
                    problems
                        .push(Problem::breach(Rule::ModuleVersion, range, message).with_help(help));
                }
                None => {}
            }
        } else if !gear_builtin::is_module(top)
            && !is_required(module, requirements.iter().copied())
            && told.insert(package_of(module))
        {
            let package = package_of(module);
            let message = format!("no requirement brings the module `{top}` to the server");
            let mut all: Vec<String> = requirements.iter().map(|&it| it.to_owned()).collect();
            all.push(package);
            problems.push(
                Problem::breach(Rule::MissingRequirement, range, message)
                    .with_help(Some(Help::Require(all))),
            );
        }
    }
    problems
}
