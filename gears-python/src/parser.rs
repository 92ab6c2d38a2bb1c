//! The only file that touches ruff's parser, which promises no stable API.
//!
//! A body is parsed as it is, as a module, so that offsets need no mapping; that it stands inside of a `def` is told
//! to the check of semantic rules alone, whose outermost scope here is a function.

use std::cell::RefCell;

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, Pattern, PythonVersion as RuffVersion, Stmt};
use ruff_python_parser::semantic_errors::{
    LazyImportContext, SemanticSyntaxChecker, SemanticSyntaxContext, SemanticSyntaxError,
};
use ruff_python_parser::{Mode, ParseOptions, Parsed, UnsupportedSyntaxError, lexer};
use ruff_text_size::{Ranged, TextRange};

use crate::depth::{Mark, too_deep};
use crate::expression::{Arity, Expression};
use crate::nesting::Nesting;
use crate::problem::{Problem, explain_indent, say_needed};
use crate::scope::{Scope, ScopeKind, UseKind};
use crate::version::PythonVersion;

/// Parses the inside of a `def` with those parameters.
pub(crate) fn parse(
    text: &str,
    oldest: PythonVersion,
    parameters: &[&str],
) -> Result<Scope, Vec<Problem>> {
    if let Some(message) = too_deep(marks(text)) {
        return Err(vec![Problem::new(TextRange::default(), message)]);
    }
    let parsed = parse_module(text, oldest);
    if let Some(error) = parsed.errors().first() {
        // What comes after the first error is the parser's recovery speaking.
        let problem = Problem::new(error.location, error.error.to_string());
        let help = explain_indent(text, &problem);
        return Err(vec![problem.with_help(help)]);
    }
    if parsed.suite().is_empty() {
        let problem = Problem::new(TextRange::default(), "the body is empty");
        let help = "a function of Python has at least one statement, if only `pass`".to_owned();
        return Err(vec![problem.with_help(Some(help))]);
    }

    // Whether the function is a coroutine shows only after a walk, and matters to a few rules.
    let mut walk = Walk::new(text, oldest, parameters, false).run(parsed.suite());
    if walk.0.awaits {
        walk = Walk::new(text, oldest, parameters, true).run(parsed.suite());
    }
    let (root, mut problems) = walk;
    for error in parsed.unsupported_syntax_errors() {
        problems.push(unsupported(text, oldest, error));
    }
    problems.sort_by_key(|problem| problem.offset);
    if problems.is_empty() {
        Ok(root)
    } else {
        Err(problems)
    }
}

/// Parses one expression, as if it stood in parentheses, in which those names have values.
pub(crate) fn parse_expression(
    text: &str,
    oldest: PythonVersion,
    given: &[&str],
) -> Result<Expression, Vec<Problem>> {
    if let Some(message) = too_deep(marks(text)) {
        return Err(vec![Problem::new(TextRange::default(), message)]);
    }
    if text.is_empty() {
        let problem = Problem::new(TextRange::default(), "the expression is empty");
        let help = "write one, like `lambda record: record[\"key\"]`".to_owned();
        return Err(vec![problem.with_help(Some(help))]);
    }
    let parsed = parse_parenthesized(text, oldest);
    if let Some(error) = parsed.errors().first() {
        let problem = Problem::new(error.location, error.error.to_string());
        let help = is_statement(text, oldest).then(|| {
            "this is a statement; write an expression, or a function with `#[gear_fn]`".to_owned()
        });
        return Err(vec![problem.with_help(help)]);
    }
    let ast::Mod::Expression(parsed_expression) = parsed.syntax() else {
        unreachable!("a text parsed as an expression is an expression");
    };
    let expr = &*parsed_expression.body;
    let (root, mut problems) = Walk::new(text, oldest, &[], false).run_expression(expr);
    if root.yields || root.awaits {
        let message = "`yield` and `await` need a function around them";
        let help = "write one with `#[gear_fn]`".to_owned();
        problems.push(Problem::new(expr.range(), message).with_help(Some(help)));
    }
    for error in parsed.unsupported_syntax_errors() {
        let enough = PythonVersion::all()
            .filter(|&version| version > oldest)
            .find(|&version| {
                parse_parenthesized(text, version)
                    .unsupported_syntax_errors()
                    .iter()
                    .all(|other| (other.kind, other.range) != (error.kind, error.range))
            });
        let problem = Problem::new(error.range, error.to_string());
        problems.push(problem.with_help(enough.map(say_needed)));
    }
    problems.sort_by_key(|problem| problem.offset);
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Expression {
        lambda: match expr {
            Expr::Lambda(lambda) => Some(arity(lambda)),
            _ => None,
        },
        uses_cmd: root.reads_global("cmd") && !given.contains(&"cmd"),
        reads: root.free_names(),
    })
}

fn parse_parenthesized(text: &str, version: PythonVersion) -> Parsed<ast::Mod> {
    let options = ParseOptions::from(Mode::ParenthesizedExpression)
        .with_target_version(ruff_version(version));
    ruff_python_parser::parse_unchecked(text, options)
}

/// Returns whether a text that is no expression is a statement or several.
fn is_statement(text: &str, version: PythonVersion) -> bool {
    let parsed = parse_module(text, version);
    parsed.errors().is_empty() && !parsed.suite().is_empty()
}

/// Returns how many arguments a lambda takes when it is called with positional ones only.
fn arity(lambda: &ast::ExprLambda) -> Arity {
    let Some(parameters) = lambda.parameters.as_deref() else {
        return Arity {
            least: 0,
            most: Some(0),
        };
    };
    let positional = || parameters.posonlyargs.iter().chain(&parameters.args);
    Arity {
        least: positional()
            .filter(|parameter| parameter.default.is_none())
            .count(),
        most: parameters.vararg.is_none().then(|| positional().count()),
    }
}

fn parse_module(text: &str, version: PythonVersion) -> Parsed<ast::ModModule> {
    let options = ParseOptions::from(Mode::Module).with_target_version(ruff_version(version));
    ruff_python_parser::parse_unchecked(text, options)
        .try_into_module()
        .expect("a text parsed as a module is a module")
}

fn ruff_version(version: PythonVersion) -> RuffVersion {
    RuffVersion::from((3, version.minor()))
}

/// Hands out what of a text matters to its depth.
fn marks(text: &str) -> impl Iterator<Item = Mark> {
    let mut lexer = lexer::lex(text, Mode::Module);
    std::iter::from_fn(move || {
        Some(match lexer.next_token() {
            TokenKind::EndOfFile => return None,
            TokenKind::Indent => Mark::Indent,
            TokenKind::Dedent => Mark::Dedent,
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => Mark::Open,
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => Mark::Close,
            TokenKind::Newline => Mark::Line,
            TokenKind::Comma | TokenKind::Semi => Mark::Comma,
            kind if kind.is_operator() || kind.is_keyword() => Mark::Operator,
            _ => Mark::Other,
        })
    })
}

fn unsupported(text: &str, oldest: PythonVersion, error: &UnsupportedSyntaxError) -> Problem {
    // The version that knows the syntax is private to the parser, so ask each one.
    let enough = PythonVersion::all()
        .filter(|&version| version > oldest)
        .find(|&version| {
            parse_module(text, version)
                .unsupported_syntax_errors()
                .iter()
                .all(|other| (other.kind, other.range) != (error.kind, error.range))
        });
    Problem::new(error.range, error.to_string()).with_help(enough.map(say_needed))
}

/// A walk over the tree: builds the scopes, and feeds ruff's check of semantic rules on the way.
struct Walk<'a> {
    text: &'a str,
    version: PythonVersion,
    checker: SemanticSyntaxChecker,
    nesting: Nesting,
    problems: RefCell<Vec<Problem>>,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str, version: PythonVersion, parameters: &[&str], is_async: bool) -> Self {
        Self {
            text,
            version,
            checker: SemanticSyntaxChecker::new(),
            nesting: Nesting::new(parameters, is_async),
            problems: RefCell::default(),
        }
    }

    fn run(mut self, suite: &[Stmt]) -> (Scope, Vec<Problem>) {
        // `from __future__ import …` is for the top of a module, and before the body stands at least its `def`.
        let before = parse_module("pass", self.version);
        for stmt in before.suite() {
            self.check(|checker, walk| checker.visit_stmt(stmt, walk));
        }
        self.visit_body(suite);
        let mut root = self.nesting.into_root();
        root.ends_raising = ends_raising(suite);
        let mut problems = self.problems.into_inner();
        root.check(&mut |offset, len, message| {
            problems.push(Problem::new(offset..offset + len, message));
        });
        (root, problems)
    }

    fn run_expression(mut self, expr: &Expr) -> (Scope, Vec<Problem>) {
        let before = parse_module("pass", self.version);
        for stmt in before.suite() {
            self.check(|checker, walk| checker.visit_stmt(stmt, walk));
        }
        self.visit_expr(expr);
        let problems = self.problems.into_inner();
        (self.nesting.into_root(), problems)
    }

    fn check(&mut self, step: impl FnOnce(&mut SemanticSyntaxChecker, &Self)) {
        let mut checker = std::mem::take(&mut self.checker);
        step(&mut checker, self);
        self.checker = checker;
    }

    fn within(&mut self, kind: ScopeKind, is_async: bool, walk: impl FnOnce(&mut Self)) {
        self.nesting.open(kind, is_async);
        walk(self);
        self.nesting.close();
    }

    fn in_loop(&mut self, body: &[Stmt]) {
        let frame = self.nesting.top();
        let before = (
            std::mem::replace(&mut frame.in_loop, true),
            std::mem::take(&mut frame.in_finally),
        );
        self.visit_body(body);
        let frame = self.nesting.top();
        (frame.in_loop, frame.in_finally) = before;
    }

    fn note(&mut self, name: &str, kind: UseKind, range: TextRange) {
        self.nesting.note(name, kind, range.start().to_usize());
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

    fn comprehension(
        &mut self,
        kind: ScopeKind,
        generators: &[ast::Comprehension],
        elements: &[&Expr],
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

    fn too_new(&self, range: TextRange, what: &str, needed: PythonVersion) {
        let version = self.version;
        if version < needed {
            let message = format!(
                "cannot use {what} on Python {version} (syntax was added in Python {needed})"
            );
            let problem = Problem::new(range, message).with_help(Some(say_needed(needed)));
            self.problems.borrow_mut().push(problem);
        }
    }
}

/// Returns whether the last thing that the statements do is to raise.
fn ends_raising(body: &[Stmt]) -> bool {
    match body.last() {
        Some(Stmt::Raise(_)) => true,
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

impl<'a> Visitor<'a> for Walk<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if !matches!(stmt, Stmt::FunctionDef(_)) {
            self.check(|checker, walk| checker.visit_stmt(stmt, walk));
        }
        match stmt {
            Stmt::FunctionDef(function) => {
                // The rules of a function are checked from inside of it, where its parameters are in place.
                function
                    .decorator_list
                    .iter()
                    .for_each(|it| self.visit_decorator(it));
                self.bind(&function.name);
                function
                    .type_params
                    .iter()
                    .for_each(|them| self.visit_type_params(them));
                self.visit_parameters(&function.parameters);
                function
                    .returns
                    .iter()
                    .for_each(|it| self.visit_annotation(it));
                self.within(ScopeKind::Function, function.is_async, |walk| {
                    walk.function_parameters(&function.parameters);
                    walk.check(|checker, walk| checker.visit_stmt(stmt, walk));
                    walk.visit_body(&function.body);
                });
            }
            Stmt::ClassDef(class) => {
                class
                    .decorator_list
                    .iter()
                    .for_each(|it| self.visit_decorator(it));
                self.bind(&class.name);
                class
                    .type_params
                    .iter()
                    .for_each(|them| self.visit_type_params(them));
                class
                    .arguments
                    .iter()
                    .for_each(|them| self.visit_arguments(them));
                self.within(ScopeKind::Class, false, |walk| walk.visit_body(&class.body));
            }
            Stmt::Expr(alone) if alone.value.is_starred_expr() => {
                let problem = Problem::new(alone.range, "can't use starred expression here");
                self.problems.borrow_mut().push(problem);
            }
            Stmt::Return(returned) => {
                if let Some(value) = &returned.value
                    && let Some(function) = self.nesting.function()
                {
                    function
                        .returns_value
                        .get_or_insert(returned.range.start().to_usize());
                    function.returns_something |= !value.is_none_literal_expr();
                }
                visitor::walk_stmt(self, stmt);
            }
            Stmt::For(looped) => {
                if looped.is_async {
                    self.nesting.note_await();
                }
                self.visit_expr(&looped.iter);
                self.visit_expr(&looped.target);
                self.in_loop(&looped.body);
                self.visit_body(&looped.orelse);
            }
            Stmt::While(looped) => {
                self.visit_expr(&looped.test);
                self.in_loop(&looped.body);
                self.visit_body(&looped.orelse);
            }
            Stmt::With(with) => {
                if with.is_async {
                    self.nesting.note_await();
                }
                visitor::walk_stmt(self, stmt);
            }
            Stmt::Try(tried) => {
                self.visit_body(&tried.body);
                tried
                    .handlers
                    .iter()
                    .for_each(|it| self.visit_except_handler(it));
                self.visit_body(&tried.orelse);
                let before = std::mem::replace(&mut self.nesting.top().in_finally, true);
                self.visit_body(&tried.finalbody);
                self.nesting.top().in_finally = before;
            }
            Stmt::Continue(place) => {
                if self.nesting.top().in_finally {
                    self.too_new(
                        place.range,
                        "`continue` in a `finally` clause",
                        PythonVersion::PY38,
                    );
                }
            }
            Stmt::Global(ast::StmtGlobal { names, .. }) => self.note_all(names, UseKind::Global),
            Stmt::Nonlocal(ast::StmtNonlocal { names, .. }) => {
                self.note_all(names, UseKind::Nonlocal)
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    // `import a.b` binds `a`, `import a.b as c` binds `c`.
                    match (&alias.asname, alias.name.as_str().split_once('.')) {
                        (Some(name), _) => self.bind(name),
                        (None, Some((name, _))) => self.note(name, UseKind::Bind, alias.name.range),
                        (None, None) => self.bind(&alias.name),
                    }
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    self.bind(alias.asname.as_ref().unwrap_or(&alias.name));
                }
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        self.check(|checker, walk| checker.visit_expr(expr, walk));
        match expr {
            Expr::Name(name) => {
                let kind = match name.ctx {
                    ast::ExprContext::Store | ast::ExprContext::Del => UseKind::Bind,
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
            Expr::Lambda(lambda) => {
                if let Some(parameters) = &lambda.parameters {
                    self.visit_parameters(parameters);
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
                    function.yields = true;
                }
                visitor::walk_expr(self, expr);
            }
            _ => visitor::walk_expr(self, expr),
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ast::ExceptHandler) {
        let ast::ExceptHandler::ExceptHandler(caught) = handler;
        if let Some(name) = &caught.name {
            self.bind(name);
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_type_param(&mut self, parameter: &'a ast::TypeParam) {
        self.bind(parameter.name());
        visitor::walk_type_param(self, parameter);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let bound = match pattern {
            Pattern::MatchAs(pattern) => pattern.name.as_ref(),
            Pattern::MatchStar(pattern) => pattern.name.as_ref(),
            Pattern::MatchMapping(pattern) => pattern.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = bound {
            self.bind(name);
        }
        visitor::walk_pattern(self, pattern);
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

impl SemanticSyntaxContext for Walk<'_> {
    fn future_annotations_or_stub(&self) -> bool {
        false
    }

    fn lazy_import_context(&self) -> Option<LazyImportContext> {
        Some(LazyImportContext::Function)
    }

    fn python_version(&self) -> RuffVersion {
        ruff_version(self.version)
    }

    fn source(&self) -> &str {
        self.text
    }

    fn global(&self, _name: &str) -> Option<TextRange> {
        // Needs the whole scope: `Scope::check_declarations` does it.
        None
    }

    fn has_nonlocal_binding(&self, _name: &str) -> bool {
        // Likewise.
        true
    }

    fn in_async_context(&self) -> bool {
        self.nesting.outside_comprehensions() == (ScopeKind::Function, true)
    }

    fn in_await_allowed_context(&self) -> bool {
        self.nesting.outside_comprehensions().0 == ScopeKind::Function
    }

    fn in_yield_allowed_context(&self) -> bool {
        self.in_function_scope()
    }

    fn in_sync_comprehension(&self) -> bool {
        self.nesting.comprehensions().any(|(_, is_async)| !is_async)
    }

    fn in_class_body_comprehension(&self) -> bool {
        self.nesting.comprehensions().next().is_some()
            && self.nesting.outside_comprehensions().0 == ScopeKind::Class
    }

    fn in_module_scope(&self) -> bool {
        false
    }

    fn in_function_scope(&self) -> bool {
        self.nesting.innermost() == ScopeKind::Function
    }

    fn in_generator_context(&self) -> bool {
        self.nesting
            .comprehensions()
            .any(|(kind, _)| kind == ScopeKind::Generator)
    }

    fn in_notebook(&self) -> bool {
        false
    }

    fn report_semantic_error(&self, error: SemanticSyntaxError) {
        self.problems
            .borrow_mut()
            .push(Problem::new(error.range(), error.to_string()));
    }

    fn in_loop_context(&self) -> bool {
        self.nesting.in_loop()
    }

    fn is_bound_parameter(&self, name: &str) -> bool {
        self.nesting.has_parameter(name)
    }
}
