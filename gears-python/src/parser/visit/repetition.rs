//! Loops, and comprehensions, which are loops with a scope of their own.

use ruff_python_ast::visitor::Visitor as _;
use ruff_python_ast::{self as ast, Expr, Stmt};

use crate::parser::Walk;
use crate::parser::shape::is_true;
use crate::scope::ScopeKind;
use crate::step::{Block, Loop, Step};
use crate::version::PythonVersion;

impl<'a> Walk<'_> {
    pub(super) fn for_loop(&mut self, looped: &'a ast::StmtFor) {
        if looped.is_async {
            self.note_await(looped.range, "async for");
        }
        self.visit_expr(&looped.iter);
        let condition = self.has_rounds(&looped.iter);
        let is_of_own = !self.is_from_outside(&looped.iter);
        let target = self.block(|walk| walk.visit_expr(&looped.target));
        let body = self.in_loop(&looped.body);
        let orelse = self.block(|walk| walk.visit_body(&looped.orelse));
        self.push(Step::Loop(Loop {
            condition,
            is_while: false,
            is_of_own,
            test: Block::new(),
            target,
            body,
            orelse,
            is_endless: false,
        }));
    }

    pub(super) fn while_loop(&mut self, looped: &'a ast::StmtWhile) {
        let condition = self.condition(&looped.test);
        let test = self.block(|walk| walk.visit_expr(&looped.test));
        let body = self.in_loop(&looped.body);
        let orelse = self.block(|walk| walk.visit_body(&looped.orelse));
        self.push(Step::Loop(Loop {
            condition,
            is_while: true,
            is_of_own: false,
            test,
            target: Block::new(),
            body,
            orelse,
            is_endless: is_true(&looped.test),
        }));
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

    /// `continue`
    pub(super) fn next_turn(&mut self, place: &ast::StmtContinue) {
        if self.nesting.top().in_finally {
            self.too_new(
                place.range,
                "`continue` in a `finally` clause",
                PythonVersion::PY38,
            );
        }
        self.push(Step::Continue);
    }

    pub(super) fn comprehension(
        &mut self,
        kind: ScopeKind,
        generators: &'a [ast::Comprehension],
        elements: &[&'a Expr],
    ) {
        let awaiting = generators.iter().find(|generator| generator.is_async);
        if let (Some(awaiting), ScopeKind::Comprehension) = (awaiting, kind) {
            self.note_await(awaiting.range, "async for");
        }
        // The first iterable is evaluated outside.
        if let Some(first) = generators.first() {
            self.visit_expr(&first.iter);
        }
        self.within(kind, awaiting.is_some(), |walk| {
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
}
