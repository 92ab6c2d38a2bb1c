//! Rules across the model: one small function each.
//!
//! What is wrong with a single option or parameter by itself was said while it was read (`options.rs`, `model.rs`);
//! whether the types travel, and whether the result is a `Result`, is for the compiler, which sees through aliases.

mod options;

use std::path::Path;

use gears_python::is_keyword;
use syn::TypePath;
use syn::ext::IdentExt;
use syn::visit::Visit;

use crate::errors::Errors;
use crate::model::Command;
use crate::options::{Family, Mode, Options};
use crate::python::Python;

/// Checks all rules; returns whether the gear can be expanded all the same, to spare its callers errors of their own.
pub(crate) fn check(command: &Command, errors: &Errors) -> bool {
    check_parameter_names(command, errors);
    options::check(command, errors);
    check_trigger(command, errors);
    check_requirements_of(&command.options, errors);
    check_file(command, errors);
    check_name_hides_no_type(command, errors) && check_crate(command, errors)
}

/// Checks what takes the options and the Python.
pub(crate) fn check_python(command: &Command, python: &Python, errors: &Errors) {
    let Some(function) = &python.function else {
        return;
    };
    let options = &command.options;
    if function.is_coroutine() {
        if command.family == Family::Function {
            errors.at_span(
                python.span,
                "python: a function runs on the server's main thread, to its end: remove the `await`, or make it a `#[gear_command]`",
            );
        }
        if let (true, Some(place)) = (options.in_order, options.place("in_order")) {
            errors.at_span(
                place,
                "a body that awaits lets the next call begin, remove `in_order` or the `await`",
            );
        }
        if let (true, Some(Mode::Sync), Some(place)) =
            (!command.has_caller(), options.mode, options.place("mode"))
        {
            errors.at_span(
                place,
                "a body that awaits cannot run on the server's main thread, use mode `async_local`",
            );
        }
    }
    if options.hook.is_some() && !function.can_return_value() {
        errors.at_span(
            python.span,
            "python: a hook returns the reply to the command, like `return call_next(*arguments)`",
        );
    }
}

/// `fn str(text: &str)`: the module `str` beside the function would hide the type.
fn check_name_hides_no_type(command: &Command, errors: &Errors) -> bool {
    const PRIMITIVES: [&str; 17] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8",
        "u16", "u32", "u64", "u128", "usize",
    ];
    struct Find<'a> {
        name: &'a str,
        found: bool,
    }
    impl<'ast> Visit<'ast> for Find<'_> {
        fn visit_type_path(&mut self, ty: &'ast TypePath) {
            self.found |= ty.path.leading_colon.is_none() && starts_with(&ty.path, self.name);
            syn::visit::visit_type_path(self, ty);
        }
    }

    let name = command.plain_name();
    let mut find = Find {
        name: &name,
        found: PRIMITIVES.contains(&name.as_str()),
    };
    for param in &command.params {
        find.visit_type(&param.ty);
    }
    find.visit_type(&command.returns);
    if find.found {
        errors.at(
            &command.name,
            format!(
                "the module `{name}` that is made beside this function would hide the type of that name, rename the \
                 function and say `trigger = \"{name}\"`"
            ),
        );
    }
    !find.found
}

fn starts_with(path: &syn::Path, name: &str) -> bool {
    path.segments
        .first()
        .is_some_and(|segment| segment.ident.unraw() == name)
}

/// `fn f(lambda: f64)`
fn check_parameter_names(command: &Command, errors: &Errors) {
    for param in &command.params {
        let name = param.plain_name();
        if is_keyword(&name) {
            errors.at(
                &param.name,
                format!("`{name}` is a keyword of Python, give the parameter another name, like `{name}_`"),
            );
        }
    }
}

/// `trigger = ""`
fn check_trigger(command: &Command, errors: &Errors) {
    let Some(trigger) = &command.options.trigger else {
        return;
    };
    let name = trigger.value();
    if name.is_empty() {
        errors.at(
            trigger,
            "a trigger needs a name, leave the option out to use the function's",
        );
    } else if name.contains(|c: char| c.is_control()) {
        errors.at(
            trigger,
            "a trigger cannot hold control characters, remove them",
        );
    }
}

/// `requirements = ["", "--index-url=…", "requests", "requests"]`
pub(crate) fn check_requirements_of(options: &Options, errors: &Errors) {
    let mut seen = Vec::new();
    for requirement in &options.requirements {
        let text = requirement.value();
        let text = text.trim();
        let message = if text.is_empty() {
            "a requirement names a package, like `requests>=2`".to_owned()
        } else if text.starts_with('-') {
            "a requirement names a package, options of pip are set up on the server".to_owned()
        } else if text.contains(|c: char| c.is_control()) {
            "a requirement is one line, list several ones one by one".to_owned()
        } else if seen.contains(&text.to_owned()) {
            format!("duplicate requirement `{text}`, say it once")
        } else {
            seen.push(text.to_owned());
            continue;
        };
        errors.at(requirement, message);
    }
}

/// `file = "/home/me/x.py"`
fn check_file(command: &Command, errors: &Errors) {
    let Some(file) = &command.options.file else {
        return;
    };
    if !is_relative(&file.value()) {
        errors.at(
            file,
            "the path of the body starts at the crate's root, write it like `gears/name.py`",
        );
    }
}

/// Returns whether a path can be looked for in the crate's root.
pub(crate) fn is_relative(path: &str) -> bool {
    !path.is_empty() && !Path::new(path).has_root()
}

/// `crate = super::gears_runtime`: means something else in the module beside the function.
fn check_crate(command: &Command, errors: &Errors) -> bool {
    let wrong = command.options.krate.as_ref().filter(|path| {
        path.leading_colon.is_none() && (starts_with(path, "self") || starts_with(path, "super"))
    });
    if let Some(path) = wrong {
        errors.at(
            path,
            "the path of the runtime has to hold everywhere, begin it with `crate::` or `::`",
        );
    }
    wrong.is_none()
}
