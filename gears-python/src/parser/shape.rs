//! What a piece of ruff's tree is, seen by itself.

use ruff_python_ast::{self as ast, Expr, Stmt};

/// Returns whether the last thing that the statements do is to raise, or to end the program, which raises as well.
pub(super) fn ends_raising(body: &[Stmt]) -> bool {
    match body.last() {
        Some(Stmt::Raise(_)) => true,
        Some(Stmt::Expr(stmt)) => ends_program(&stmt.value),
        Some(Stmt::With(with)) => ends_raising(&with.body),
        Some(Stmt::Try(tried)) => ends_raising(&tried.body) || ends_raising(&tried.finalbody),
        Some(Stmt::If(branch)) => {
            let others = &branch.elif_else_clauses;
            others.last().is_some_and(|last| last.test.is_none())
                && ends_raising(&branch.body)
                && others.iter().all(|other| ends_raising(&other.body))
        }
        _ => false,
    }
}

/// What the handlers of a `try` catch, of what matters here.
pub(super) struct Caught {
    pub(super) import_error: bool,
    pub(super) name_error: bool,
}

impl Caught {
    pub(super) fn by(handlers: &[ast::ExceptHandler]) -> Self {
        let mut caught = Self {
            import_error: false,
            name_error: false,
        };
        for ast::ExceptHandler::ExceptHandler(handler) in handlers {
            let types: &[Expr] = match handler.type_.as_deref() {
                None => {
                    // Whoever catches everything does not count with a name that is missing.
                    caught.import_error = true;
                    continue;
                }
                Some(Expr::Tuple(tuple)) => &tuple.elts,
                Some(single) => std::slice::from_ref(single),
            };
            for name in types.iter().filter_map(Expr::as_name_expr) {
                match name.id.as_str() {
                    "ImportError" | "ModuleNotFoundError" | "Exception" | "BaseException" => {
                        caught.import_error = true;
                    }
                    "NameError" => caught.name_error = true,
                    _ => {}
                }
            }
        }
        caught
    }
}

/// Returns whether a statement surely raises nothing: it gives names constants, or does nothing.
pub(super) fn is_calm(stmt: &Stmt) -> bool {
    let is_plain = |value: &Expr| match value {
        Expr::List(list) => list.elts.is_empty(),
        Expr::Dict(dict) => dict.items.is_empty(),
        value => value.is_literal_expr(),
    };
    match stmt {
        Stmt::Assign(assigned) => {
            assigned.targets.iter().all(Expr::is_name_expr) && is_plain(&assigned.value)
        }
        Stmt::AnnAssign(declared) => {
            declared.target.is_name_expr() && declared.value.as_deref().is_none_or(is_plain)
        }
        Stmt::Pass(_)
        | Stmt::Break(_)
        | Stmt::Continue(_)
        | Stmt::Global(_)
        | Stmt::Nonlocal(_) => true,
        Stmt::Expr(alone) => alone.value.is_literal_expr(),
        _ => false,
    }
}

/// `except ImportError`
pub(super) fn catches_missing_module(handler: &ast::ExceptHandlerExceptHandler) -> bool {
    let kind = handler.type_.as_deref().and_then(Expr::as_name_expr);
    kind.is_some_and(|name| matches!(name.id.as_str(), "ImportError" | "ModuleNotFoundError"))
}

pub(super) fn is_mutable(expr: &Expr) -> bool {
    match expr {
        Expr::List(_)
        | Expr::Dict(_)
        | Expr::Set(_)
        | Expr::ListComp(_)
        | Expr::DictComp(_)
        | Expr::SetComp(_) => true,
        Expr::Call(call) => call
            .func
            .as_name_expr()
            .is_some_and(|name| matches!(name.id.as_str(), "list" | "dict" | "set" | "bytearray")),
        _ => false,
    }
}

/// Returns whether a statement raises, itself or in a branch of it.
pub(super) fn raises(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Raise(_) => true,
        Stmt::If(branch) => {
            branch.body.iter().any(raises)
                || branch
                    .elif_else_clauses
                    .iter()
                    .any(|clause| clause.body.iter().any(raises))
        }
        Stmt::With(with) => with.body.iter().any(raises),
        Stmt::Try(tried) => tried.body.iter().chain(&tried.finalbody).any(raises),
        _ => false,
    }
}

/// Returns whether an expression is a call that never comes back: `sys.exit()` and the like.
pub(super) fn ends_program(expr: &Expr) -> bool {
    let Expr::Call(call) = expr else { return false };
    match &*call.func {
        Expr::Name(name) => matches!(name.id.as_str(), "exit" | "quit"),
        Expr::Attribute(attribute) => {
            let Expr::Name(object) = &*attribute.value else {
                return false;
            };
            matches!(
                (object.id.as_str(), attribute.attr.as_str()),
                ("sys", "exit") | ("os", "_exit" | "abort")
            )
        }
        _ => false,
    }
}

/// Returns whether an expression is a call that may well not come back, by what it is called: `self.fail(…)`,
/// `module.exit_json(…)`, `parser.error(…)`.
pub(super) fn may_end(expr: &Expr) -> bool {
    const ENDS: [&str; 9] = [
        "abort", "bail", "die", "exit", "fail", "quit", "raise", "skip", "throw",
    ];
    let Expr::Call(call) = expr else { return false };
    let name = match &*call.func {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(method) if method.attr.as_str() == "error" => {
            let parser = method.value.as_name_expr();
            return parser.is_some_and(|name| name.id.as_str().contains("parser"));
        }
        Expr::Attribute(method) => method.attr.as_str(),
        _ => return false,
    };
    // `fail_json`, `skipTest`
    name.split(|it: char| it == '_' || it.is_ascii_uppercase())
        .any(|word| ENDS.contains(&word))
}

pub(super) fn is_true(expr: &Expr) -> bool {
    match expr {
        Expr::BooleanLiteral(literal) => literal.value,
        Expr::NumberLiteral(literal) => match &literal.value {
            ast::Number::Int(int) => int.as_u64() != Some(0),
            _ => false,
        },
        _ => false,
    }
}
