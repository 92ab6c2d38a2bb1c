//! Branches: of which code one part runs and the others do not.

use ruff_python_ast as ast;
use ruff_python_ast::visitor::Visitor as _;
use ruff_text_size::Ranged as _;

use crate::parser::Walk;
use crate::scope::UseKind;
use crate::step::{Arm, Step};

impl<'a> Walk<'_> {
    pub(super) fn branches(&mut self, branch: &'a ast::StmtIf) {
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
    pub(super) fn choice(&mut self, choice: &'a ast::ExprIf) {
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

    pub(super) fn cases(&mut self, matched: &'a ast::StmtMatch) {
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
}
