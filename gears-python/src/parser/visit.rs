//! The walk over ruff's tree: builds the scopes with their steps, and feeds ruff's check of semantic rules on the way.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, Pattern, Stmt};
use ruff_text_size::{Ranged, TextRange};

use super::Walk;
use super::shape::{Caught, ends_program, is_mutable, is_true, raises};
use crate::import::Import;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::scope::{Return, ScopeKind, UseKind};
use crate::step::{Arm, Block, Loop, Step, Try};
use crate::version::PythonVersion;

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
    fn within(&mut self, kind: ScopeKind, is_async: bool, walk: impl FnOnce(&mut Self)) {
        let was_aside = self.is_aside && !kind.is_deferred();
        let was_aside = std::mem::replace(&mut self.is_aside, was_aside);
        self.nesting.open(kind, is_async);
        walk(self);
        self.nesting.close();
        self.is_aside = was_aside;
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

    /// Collects the steps that are noted on a walk.
    fn block(&mut self, walk: impl FnOnce(&mut Self)) -> Block {
        let before = std::mem::take(&mut self.nesting.top().steps);
        walk(self);
        std::mem::replace(&mut self.nesting.top().steps, before)
    }

    fn push(&mut self, step: Step) {
        self.nesting.top().steps.push(step);
    }

    /// Walks what runs at a time of its own, if at all.
    fn aside(&mut self, walk: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.is_aside, true);
        walk(self);
        self.is_aside = before;
    }

    fn in_loop(&mut self, body: &'a [Stmt]) -> Block {
        let frame = self.nesting.top();
        let before = (
            std::mem::replace(&mut frame.in_loop, true),
            std::mem::take(&mut frame.in_finally),
        );
        let block = self.block(|walk| walk.visit_body(body));
        let frame = self.nesting.top();
        (frame.in_loop, frame.in_finally) = before;
        block
    }

    fn note(&mut self, name: &str, kind: UseKind, range: TextRange) {
        let offset = range.start().to_usize();
        if self.is_aside && kind == UseKind::Read {
            self.nesting.note_aside(name, offset);
        } else {
            self.nesting.note(name, kind, offset);
        }
    }

    fn note_all(&mut self, names: &[ast::Identifier], kind: UseKind) {
        for name in names {
            self.note(name.as_str(), kind, name.range);
        }
    }

    fn bind(&mut self, name: &ast::Identifier) {
        self.note(name.as_str(), UseKind::Bind, name.range);
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

    fn comprehension(
        &mut self,
        kind: ScopeKind,
        generators: &'a [ast::Comprehension],
        elements: &[&'a Expr],
    ) {
        let is_async = generators.iter().any(|generator| generator.is_async);
        if is_async {
            self.nesting.note_await();
        }
        // The first iterable is evaluated outside.
        if let Some(first) = generators.first() {
            self.visit_expr(&first.iter);
        }
        self.within(kind, is_async, |walk| {
            for (index, generator) in generators.iter().enumerate() {
                if index > 0 {
                    walk.visit_expr(&generator.iter);
                }
                walk.visit_expr(&generator.target);
                for condition in &generator.ifs {
                    walk.visit_expr(condition);
                }
            }
            for element in elements {
                walk.visit_expr(element);
            }
        });
    }

    fn function(&mut self, stmt: &'a Stmt, function: &'a ast::StmtFunctionDef) {
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

    fn class(&mut self, class: &'a ast::StmtClassDef) {
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

    fn branches(&mut self, branch: &'a ast::StmtIf) {
        // What asks for the version counts with what other versions lack.
        let tests = std::iter::once(&*branch.test).chain(
            branch
                .elif_else_clauses
                .iter()
                .filter_map(|it| it.test.as_ref()),
        );
        let asks_version = tests.clone().any(|test| {
            let text = &self.text[test.range()];
            text.contains("version_info") || text.contains("TYPE_CHECKING")
        });
        self.import_guards += usize::from(asks_version);
        let bodies = std::iter::once(&branch.body)
            .chain(branch.elif_else_clauses.iter().map(|clause| &clause.body));
        let mut arms = Vec::new();
        for (test, body) in tests.zip(bodies) {
            arms.push(Arm {
                test: self.block(|walk| walk.visit_expr(test)),
                body: self.block(|walk| walk.visit_body(body)),
            });
        }
        let otherwise = branch
            .elif_else_clauses
            .last()
            .filter(|clause| clause.test.is_none())
            .map(|clause| self.block(|walk| walk.visit_body(&clause.body)))
            .unwrap_or_default();
        self.import_guards -= usize::from(asks_version);
        self.push(Step::If { arms, otherwise });
    }

    /// `a if b else c`: a `:=` in one branch leaves the other without a value.
    fn choice(&mut self, choice: &'a ast::ExprIf) {
        let mut test = self.block(|walk| walk.visit_expr(&choice.test));
        let from = self.nesting.top().scope.uses.len();
        let mut body = self.block(|walk| walk.visit_expr(&choice.body));
        let mut otherwise = self.block(|walk| walk.visit_expr(&choice.orelse));
        let binds = self.nesting.top().scope.uses[from..]
            .iter()
            .any(|used| used.kind == UseKind::Bind);
        if binds {
            let arms = vec![Arm { test, body }];
            self.push(Step::If { arms, otherwise });
        } else {
            // Most bind nothing, and are not worth the cost of branches.
            let steps = &mut self.nesting.top().steps;
            steps.append(&mut test);
            steps.append(&mut body);
            steps.append(&mut otherwise);
        }
    }

    fn cases(&mut self, matched: &'a ast::StmtMatch) {
        self.visit_expr(&matched.subject);
        let mut arms = Vec::new();
        for case in &matched.cases {
            arms.push(Arm {
                test: self.block(|walk| {
                    walk.visit_pattern(&case.pattern);
                    if let Some(guard) = &case.guard {
                        walk.visit_expr(guard);
                    }
                }),
                body: self.block(|walk| walk.visit_body(&case.body)),
            });
        }
        let is_exhaustive = matched
            .cases
            .last()
            .is_some_and(|case| case.guard.is_none() && case.pattern.is_irrefutable());
        self.push(Step::Match {
            arms,
            is_exhaustive,
        });
    }

    fn tried(&mut self, tried: &'a ast::StmtTry) {
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
            let range = TextRange::at(start, ruff_text_size::TextSize::of("except"));
            let message = format!(
                "`{written}` around `{called}` also catches the abort of the gear and its deadline"
            );
            let help = "catch `Exception`, or end the handler with `raise`".to_owned();
            self.breaches
                .push(Problem::breach(Rule::BareExcept, range, message).with_help(Some(help)));
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

    fn note_return(&mut self, returned: &ast::StmtReturn) {
        if let Some(function) = self.nesting.function() {
            let has_value = returned.value.is_some();
            let is_empty = returned
                .value
                .as_ref()
                .is_none_or(|value| value.is_none_literal_expr());
            let offset = returned.range.start().to_usize();
            if has_value {
                function.returns_value.get_or_insert(offset);
            }
            function.returns_something |= !is_empty;
            function.returns.push(Return {
                offset,
                len: returned.range.len().to_usize(),
                is_empty,
            });
        }
    }
}

impl<'a> Visitor<'a> for Walk<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if !matches!(stmt, Stmt::FunctionDef(_)) {
            self.check(|checker, walk| checker.visit_stmt(stmt, walk));
        }
        // A `yield` that is never reached makes a generator of the function; that is its use.
        if !matches!(stmt, Stmt::Expr(alone) if alone.value.is_yield_expr()) {
            self.push(Step::Statement(stmt.range().into()));
        }
        match stmt {
            Stmt::FunctionDef(function) => self.function(stmt, function),
            Stmt::ClassDef(class) => self.class(class),
            Stmt::TypeAlias(alias) => {
                self.with_type_params(alias.type_params.as_deref(), |walk| {
                    walk.aside(|walk| walk.visit_expr(&alias.value));
                });
                self.visit_expr(&alias.name);
            }
            Stmt::Expr(alone) if alone.value.is_starred_expr() => {
                let problem = Problem::new(alone.range, "can't use starred expression here");
                self.problems.borrow_mut().push(problem);
            }
            Stmt::Expr(alone) => {
                self.visit_expr(&alone.value);
                if ends_program(&alone.value) {
                    self.push(Step::Raise);
                }
            }
            Stmt::Return(returned) => {
                self.note_return(returned);
                visitor::walk_stmt(self, stmt);
                self.push(Step::Return);
            }
            Stmt::Raise(_) => {
                visitor::walk_stmt(self, stmt);
                self.push(Step::Raise);
            }
            Stmt::Assert(asserted) => {
                visitor::walk_stmt(self, stmt);
                if matches!(&*asserted.test, Expr::BooleanLiteral(literal) if !literal.value) {
                    self.push(Step::Raise);
                }
            }
            Stmt::AugAssign(assigned) => {
                if let Expr::Name(name) = &*assigned.target {
                    self.note(name.id.as_str(), UseKind::Read, name.range);
                }
                visitor::walk_stmt(self, stmt);
            }
            Stmt::AnnAssign(declared) => {
                self.visit_annotation(&declared.annotation);
                match (&declared.value, &*declared.target) {
                    (None, Expr::Name(name)) => {
                        self.check(|checker, walk| checker.visit_expr(&declared.target, walk));
                        self.note(name.id.as_str(), UseKind::Declare, name.range);
                    }
                    (value, target) => {
                        if let Some(value) = value {
                            self.visit_expr(value);
                        }
                        self.visit_expr(target);
                    }
                }
            }
            Stmt::If(branch) => self.branches(branch),
            Stmt::Match(matched) => self.cases(matched),
            Stmt::For(looped) => {
                if looped.is_async {
                    self.nesting.note_await();
                }
                self.visit_expr(&looped.iter);
                let target = self.block(|walk| walk.visit_expr(&looped.target));
                let body = self.in_loop(&looped.body);
                let orelse = self.block(|walk| walk.visit_body(&looped.orelse));
                self.push(Step::Loop(Loop {
                    test: Block::new(),
                    target,
                    body,
                    orelse,
                    is_endless: false,
                }));
            }
            Stmt::While(looped) => {
                let test = self.block(|walk| walk.visit_expr(&looped.test));
                let body = self.in_loop(&looped.body);
                let orelse = self.block(|walk| walk.visit_body(&looped.orelse));
                self.push(Step::Loop(Loop {
                    test,
                    target: Block::new(),
                    body,
                    orelse,
                    is_endless: is_true(&looped.test),
                }));
            }
            Stmt::With(with) => {
                if with.is_async {
                    self.nesting.note_await();
                }
                for item in &with.items {
                    self.visit_with_item(item);
                }
                let body = self.block(|walk| walk.visit_body(&with.body));
                self.push(Step::With(body));
            }
            Stmt::Try(tried) => self.tried(tried),
            Stmt::Break(_) => self.push(Step::Break),
            Stmt::Continue(place) => {
                if self.nesting.top().in_finally {
                    self.too_new(
                        place.range,
                        "`continue` in a `finally` clause",
                        PythonVersion::PY38,
                    );
                }
                self.push(Step::Continue);
            }
            Stmt::Global(ast::StmtGlobal { names, .. }) => self.note_all(names, UseKind::Global),
            Stmt::Nonlocal(ast::StmtNonlocal { names, .. }) => {
                self.note_all(names, UseKind::Nonlocal)
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    self.import(alias.name.to_string(), alias.name.range);
                    // `import a.b` binds `a`, `import a.b as c` binds `c`.
                    match (&alias.asname, alias.name.as_str().split_once('.')) {
                        (Some(name), _) => self.bind(name),
                        (None, Some((name, _))) => self.note(name, UseKind::Bind, alias.name.range),
                        (None, None) => self.bind(&alias.name),
                    }
                }
            }
            Stmt::ImportFrom(import) => {
                if let (0, Some(module)) = (import.level, &import.module) {
                    self.import(module.to_string(), module.range);
                }
                for alias in &import.names {
                    if alias.name.as_str() == "*" {
                        self.nesting.top().scope.imports_star = true;
                        continue;
                    }
                    self.bind(alias.asname.as_ref().unwrap_or(&alias.name));
                }
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_annotation(&mut self, expr: &'a Expr) {
        self.aside(|walk| walk.visit_expr(expr));
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        self.check(|checker, walk| checker.visit_expr(expr, walk));
        match expr {
            Expr::Name(name) => {
                let kind = match name.ctx {
                    ast::ExprContext::Store => UseKind::Bind,
                    ast::ExprContext::Del => UseKind::Delete,
                    ast::ExprContext::Load | ast::ExprContext::Invalid => UseKind::Read,
                };
                self.note(name.id.as_str(), kind, name.range);
            }
            Expr::Named(named) => {
                self.visit_expr(&named.value);
                // Inside of a comprehension, `:=` binds in what is around it.
                if let Expr::Name(name) = &*named.target {
                    self.check(|checker, walk| checker.visit_expr(&named.target, walk));
                    self.nesting
                        .note_walrus(name.id.as_str(), name.range.start().to_usize());
                }
            }
            Expr::If(choice) => self.choice(choice),
            Expr::Lambda(lambda) => {
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
            Expr::ListComp(ast::ExprListComp {
                elt, generators, ..
            })
            | Expr::SetComp(ast::ExprSetComp {
                elt, generators, ..
            }) => {
                self.comprehension(ScopeKind::Comprehension, generators, &[elt]);
            }
            Expr::Generator(lazy) => {
                self.comprehension(ScopeKind::Generator, &lazy.generators, &[&lazy.elt])
            }
            Expr::DictComp(dict) => {
                let mut elements: Vec<&Expr> = dict.key.as_deref().into_iter().collect();
                elements.push(&dict.value);
                self.comprehension(ScopeKind::Comprehension, &dict.generators, &elements);
            }
            Expr::Await(_) => {
                self.nesting.note_await();
                visitor::walk_expr(self, expr);
            }
            Expr::Yield(_) | Expr::YieldFrom(_) => {
                if let Some(function) = self.nesting.function() {
                    let range = expr.range();
                    let place = (range.start().to_usize(), range.len().to_usize());
                    function.yields.get_or_insert(place);
                }
                visitor::walk_expr(self, expr);
            }
            _ => visitor::walk_expr(self, expr),
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ast::ExceptHandler) {
        let ast::ExceptHandler::ExceptHandler(caught) = handler;
        if let Some(kind) = &caught.type_ {
            self.visit_expr(kind);
        }
        if let Some(name) = &caught.name {
            self.bind(name);
        }
        self.visit_body(&caught.body);
        if let Some(name) = &caught.name {
            self.note(name.as_str(), UseKind::Forget, name.range);
        }
    }

    fn visit_type_param(&mut self, parameter: &'a ast::TypeParam) {
        self.bind(parameter.name());
        self.aside(|walk| visitor::walk_type_param(walk, parameter));
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let bound = match pattern {
            Pattern::MatchAs(pattern) => pattern.name.as_ref(),
            Pattern::MatchStar(pattern) => pattern.name.as_ref(),
            Pattern::MatchMapping(pattern) => pattern.rest.as_ref(),
            _ => None,
        };
        visitor::walk_pattern(self, pattern);
        if let Some(name) = bound {
            self.bind(name);
        }
    }

    fn visit_interpolated_string_element(&mut self, element: &'a ast::InterpolatedStringElement) {
        if let ast::InterpolatedStringElement::Interpolation(field) = element
            && field.debug_text.is_some()
        {
            self.too_new(
                field.range,
                "`=` in an f-string replacement field",
                PythonVersion::PY38,
            );
        }
        visitor::walk_interpolated_string_element(self, element);
    }
}
