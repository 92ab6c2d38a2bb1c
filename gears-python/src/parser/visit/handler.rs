//! `try`, and what its handlers catch.

use ruff_python_ast::visitor::Visitor as _;
use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{TextRange, TextSize};

use crate::parser::Walk;
use crate::parser::shape::{Caught, catches_missing_module, raises};
use crate::problem::Problem;
use crate::rule::Rule;
use crate::scope::UseKind;
use crate::step::{Step, Try};

/// What calls the server; the abort of a gear is raised in one of these, among others.
const SERVER: [&str; 7] = [
    "GB",
    "GearsBuilder",
    "atomic",
    "call_next",
    "cmd",
    "execute",
    "redisgears",
];

impl<'a> Walk<'_> {
    pub(super) fn tried(&mut self, tried: &'a ast::StmtTry) {
        let caught = Caught::by(&tried.handlers);
        self.import_guards += usize::from(caught.import_error);
        self.nesting.top().guards += usize::from(caught.name_error);
        let from = self.nesting.top().scope.uses.len();
        let body = self.block(|walk| walk.visit_body(&tried.body));
        self.nesting.top().guards -= usize::from(caught.name_error);
        self.import_guards -= usize::from(caught.import_error);
        let scope = &self.nesting.top().scope;
        let called = scope.uses[from..]
            .iter()
            .find(|used| used.kind == UseKind::Read && SERVER.contains(&used.name.as_str()))
            .map(|used| used.name.clone());
        if let Some(called) = called {
            self.check_handlers(&tried.handlers, &called);
        }
        let handlers = tried
            .handlers
            .iter()
            .map(|handler| self.block(|walk| walk.visit_except_handler(handler)))
            .collect();
        let orelse = self.block(|walk| walk.visit_body(&tried.orelse));
        let before = std::mem::replace(&mut self.nesting.top().in_finally, true);
        let finally = self.block(|walk| walk.visit_body(&tried.finalbody));
        self.nesting.top().in_finally = before;
        self.push(Step::Try(Try {
            body,
            handlers,
            orelse,
            finally,
        }));
    }

    pub(super) fn handler(&mut self, caught: &'a ast::ExceptHandlerExceptHandler) {
        if let Some(kind) = &caught.type_ {
            self.visit_expr(kind);
        }
        if let Some(name) = &caught.name {
            self.bind(name);
        }
        if catches_missing_module(caught) {
            self.push(Step::Unlikely);
        }
        self.visit_body(&caught.body);
        if let Some(name) = &caught.name {
            self.note(name.as_str(), UseKind::Forget, name.range);
        }
    }

    fn check_handlers(&mut self, handlers: &[ast::ExceptHandler], called: &str) {
        for ast::ExceptHandler::ExceptHandler(handler) in handlers {
            let written = match handler.type_.as_deref() {
                None => "except",
                Some(Expr::Name(name)) if name.id.as_str() == "BaseException" => {
                    "except BaseException"
                }
                Some(_) => continue,
            };
            if handler.body.iter().any(raises) {
                continue;
            }
            let start = handler.range.start();
            let range = TextRange::at(start, TextSize::of("except"));
            let message = format!(
                "`{written}` around `{called}` also catches the abort of the gear and its deadline"
            );
            let help = "catch `Exception`, or end the handler with `raise`".to_owned();
            self.breaches
                .push(Problem::breach(Rule::BareExcept, range, message).with_help(Some(help)));
        }
    }
}
