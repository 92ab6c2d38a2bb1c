//! Reads the Python of a gear without running any Python.
//!
//! The macros of gears hold Python in Rust string literals or in files of their own. This crate takes such a text
//! and says what it is: [`Body`] cuts it free from the indentation around it and remembers where each line came
//! from, [`check`] parses it as the inside of a `def` at the oldest Python [version](PythonVersion) that has to run
//! it. What is wrong comes back as [`Diagnostic`]s that name the place in the *source file* and show the line.
//!
//! A [`Checker`] holds a body to the [rules](Rule) beyond syntax, and a [`FileChecker`] does so to whole `.py` files.
//!
//! The crate does no input or output, starts no interpreter and knows nothing of procedural macros, so that a
//! command line tool can use it as well as a macro.
//!
//! ```
//! use gears_python::{Body, Origin, PythonVersion, check};
//!
//! let literal = "\n    import math\n    return math.sqrt(x\n    ";
//! let body = Body::new(literal, Origin::exact("src/lib.rs", 10, 8));
//! assert_eq!(body.text(), "import math\nreturn math.sqrt(x");
//! assert_eq!(body.first_line(), Some(11));
//!
//! let problems = check(&body, PythonVersion::DEFAULT, &["x"]).unwrap_err();
//! assert!(problems[0].to_string().starts_with("python: src/lib.rs:12:"));
//! ```

#![warn(clippy::expect_used, clippy::unwrap_used)]

mod body;
mod breach;
mod builtin;
mod checker;
mod condition;
mod confusable;
mod dedent;
mod depth;
mod diagnostic;
mod expression;
mod file;
mod finding;
mod flow;
mod function;
mod gear_builtin;
mod help;
mod import;
mod keyword;
mod module;
mod nesting;
mod package;
mod parser;
mod problem;
mod resolution;
mod rule;
mod scope;
mod step;
mod suggestion;
mod version;
mod word;

pub use body::{Body, Origin};
pub use checker::{Checker, Report};
pub use dedent::dedent;
pub use diagnostic::{Diagnostic, Place};
pub use expression::{Arity, Expression, check_expression};
pub use file::FileChecker;
pub use finding::Finding;
pub use function::{Function, check};
pub use keyword::is_keyword;
pub use rule::{Level, ParseRuleError, Rule};
pub use version::{ParseVersionError, PythonVersion};
