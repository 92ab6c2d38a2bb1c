//! The walk over ruff's tree: builds the scopes with their steps, and feeds ruff's check of semantic rules on the way.

mod branch;
mod condition;
mod definition;
mod handler;
mod import;
mod repetition;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, Pattern, Stmt};
use ruff_text_size::{Ranged, TextRange};

use super::Walk;
use super::shape::{ends_program, is_calm, may_end};
use crate::problem::Problem;
use crate::scope::{Return, ScopeKind, UseKind};
use crate::step::{Block, Step};
use crate::version::PythonVersion;
use crate::word::{Member, is_word};

impl<'a> Walk<'_> {
    fn within(&mut self, kind: ScopeKind, is_async: bool, walk: impl FnOnce(&mut Self)) {
        let was_aside = self.is_aside && !kind.is_deferred();
        let was_aside = std::mem::replace(&mut self.is_aside, was_aside);
        self.nesting.open(kind, is_async);
        self.nesting.top().guards += usize::from(self.version_guards > 0);
        walk(self);
        self.nesting.close();
        self.is_aside = was_aside;
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

    /// Notes that the function waits at the words that begin there.
    fn note_await(&mut self, range: TextRange, words: &str) {
        self.nesting
            .note_await(range.start().to_usize(), words.len());
    }

    /// Notes what is read of a word that the server brings.
    fn note_member(&mut self, read: &ast::ExprAttribute) {
        if let Expr::Name(of) = &*read.value
            && is_word(of.id.as_str())
        {
            self.nesting.top().scope.members.push(Member {
                of: of.id.to_string(),
                name: read.attr.to_string(),
                offset: read.attr.range.start().to_usize(),
            });
        }
    }

    /// `name: int = 1`, or a name that has no value yet.
    fn declaration(&mut self, declared: &'a ast::StmtAnnAssign) {
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
                if let Some(value) = value {
                    self.learn(target, value);
                }
            }
        }
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
            if is_calm(stmt) {
                self.push(Step::Calm);
            }
        }
        match stmt {
            Stmt::FunctionDef(function) => self.function(stmt, function),
            Stmt::ClassDef(class) => self.class(class),
            Stmt::TypeAlias(alias) => self.alias(alias),
            Stmt::Expr(alone) if alone.value.is_starred_expr() => {
                let problem = Problem::new(alone.range, "can't use starred expression here");
                self.problems.borrow_mut().push(problem);
            }
            Stmt::Expr(alone) => {
                self.visit_expr(&alone.value);
                if ends_program(&alone.value) {
                    self.push(Step::Raise);
                } else if may_end(&alone.value) {
                    self.push(Step::Unlikely);
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
                let condition = self.condition(&asserted.test);
                self.push(Step::Assume(condition));
            }
            Stmt::Assign(assigned) => {
                visitor::walk_stmt(self, stmt);
                for target in &assigned.targets {
                    self.learn(target, &assigned.value);
                    self.note_origin(target, &assigned.value);
                }
            }
            Stmt::AugAssign(assigned) => {
                if let Expr::Name(name) = &*assigned.target {
                    self.note(name.id.as_str(), UseKind::Read, name.range);
                }
                visitor::walk_stmt(self, stmt);
            }
            Stmt::AnnAssign(declared) => self.declaration(declared),
            Stmt::If(branch) => self.branches(branch),
            Stmt::Match(matched) => self.cases(matched),
            Stmt::For(looped) => self.for_loop(looped),
            Stmt::While(looped) => self.while_loop(looped),
            Stmt::With(with) => {
                if with.is_async {
                    self.note_await(with.range, "async with");
                }
                for item in &with.items {
                    self.visit_with_item(item);
                }
                let body = self.block(|walk| walk.visit_body(&with.body));
                self.push(Step::With(body));
            }
            Stmt::Try(tried) => self.tried(tried),
            Stmt::Break(_) => self.push(Step::Break),
            Stmt::Continue(place) => self.next_turn(place),
            Stmt::Global(ast::StmtGlobal { names, .. }) => self.note_all(names, UseKind::Global),
            Stmt::Nonlocal(ast::StmtNonlocal { names, .. }) => {
                self.note_all(names, UseKind::Nonlocal)
            }
            Stmt::Import(import) => self.modules(import),
            Stmt::ImportFrom(import) => self.members(import),
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
            Expr::Call(call) => {
                let called = match &*call.func {
                    Expr::Attribute(method) => method.value.as_name_expr(),
                    called => called.as_name_expr(),
                };
                let is_direct = call.func.is_name_expr();
                if let Some(name) = called.filter(|it| is_direct || it.id.as_str() == "cmd") {
                    let noted = (name.id.to_string(), name.range.start().to_usize());
                    self.nesting.top().scope.calls.push(noted);
                }
                visitor::walk_expr(self, expr);
            }
            Expr::If(choice) => self.choice(choice),
            Expr::BoolOp(both) => self.operands(both),
            Expr::Attribute(ast::ExprAttribute { ctx, .. })
            | Expr::Subscript(ast::ExprSubscript { ctx, .. })
                if *ctx != ast::ExprContext::Load =>
            {
                visitor::walk_expr(self, expr);
                let text = self.text_of(expr);
                self.push(Step::Change(text));
            }
            Expr::Attribute(read) => {
                self.note_member(read);
                visitor::walk_expr(self, expr);
            }
            Expr::Lambda(lambda) => self.lambda(lambda),
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
            Expr::Await(awaited) => {
                self.note_await(awaited.range, "await");
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
        self.handler(caught);
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
