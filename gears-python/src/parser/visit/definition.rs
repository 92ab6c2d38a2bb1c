//! What is defined: functions, classes and names of types, each with scopes of its own.

use ruff_python_ast::visitor::Visitor as _;
use ruff_python_ast::{self as ast, Stmt};
use ruff_text_size::Ranged as _;

use crate::parser::Walk;
use crate::parser::shape::is_mutable;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::scope::{ScopeKind, UseKind};

impl<'a> Walk<'_> {
    pub(super) fn function(&mut self, stmt: &'a Stmt, function: &'a ast::StmtFunctionDef) {
        // The rules of a function are checked from inside of it, where its parameters are in place.
        for decorator in &function.decorator_list {
            self.visit_decorator(decorator);
        }
        self.with_type_params(function.type_params.as_deref(), |walk| {
            walk.visit_parameters(&function.parameters);
            walk.check_defaults(&function.parameters);
            if let Some(annotation) = &function.returns {
                walk.visit_annotation(annotation);
            }
            walk.within(ScopeKind::Function, function.is_async, |walk| {
                walk.function_parameters(&function.parameters);
                walk.check(|checker, walk| checker.visit_stmt(stmt, walk));
                walk.visit_body(&function.body);
            });
        });
        self.bind(&function.name);
    }

    pub(super) fn lambda(&mut self, lambda: &'a ast::ExprLambda) {
        if let Some(parameters) = &lambda.parameters {
            self.visit_parameters(parameters);
            self.check_defaults(parameters);
        }
        self.within(ScopeKind::Function, false, |walk| {
            if let Some(parameters) = &lambda.parameters {
                walk.function_parameters(parameters);
            }
            walk.visit_expr(&lambda.body);
        });
    }

    pub(super) fn class(&mut self, class: &'a ast::StmtClassDef) {
        for decorator in &class.decorator_list {
            self.visit_decorator(decorator);
        }
        self.with_type_params(class.type_params.as_deref(), |walk| {
            if let Some(arguments) = &class.arguments {
                walk.visit_arguments(arguments);
            }
            walk.within(ScopeKind::Class, false, |walk| walk.visit_body(&class.body));
        });
        self.bind(&class.name);
    }

    pub(super) fn alias(&mut self, alias: &'a ast::StmtTypeAlias) {
        self.with_type_params(alias.type_params.as_deref(), |walk| {
            walk.aside(|walk| walk.visit_expr(&alias.value));
        });
        self.visit_expr(&alias.name);
    }

    /// A scope for type parameters, if there are any.
    fn with_type_params(
        &mut self,
        params: Option<&'a ast::TypeParams>,
        walk: impl FnOnce(&mut Self),
    ) {
        match params {
            Some(params) => self.within(ScopeKind::TypeParameters, false, |inner| {
                inner.visit_type_params(params);
                walk(inner);
            }),
            None => walk(self),
        }
    }

    fn function_parameters(&mut self, parameters: &ast::Parameters) {
        for parameter in parameters {
            let name = parameter.name();
            self.note(name.as_str(), UseKind::Parameter, name.range);
        }
    }

    fn check_defaults(&mut self, parameters: &ast::Parameters) {
        for parameter in parameters {
            if let Some(default) = parameter.default()
                && is_mutable(default)
            {
                let message = format!(
                    "the default of `{}` is made once and shared by all calls",
                    parameter.name()
                );
                let help = "use `None`, and make the value in the function".to_owned();
                self.breaches.push(
                    Problem::breach(Rule::MutableDefault, default.range(), message)
                        .with_help(Some(help)),
                );
            }
        }
    }
}
