//! Branches: of which code one part runs and the others do not.

use ruff_python_ast::visitor::Visitor as _;
use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::Ranged as _;

use crate::condition::Condition;
use crate::parser::Walk;
use crate::scope::UseKind;
use crate::step::{Arm, Block, Step};

impl<'a> Walk<'_> {
    pub(super) fn branches(&mut self, branch: &'a ast::StmtIf) {
        // What asks for the version counts with what other versions lack.
        let tests = std::iter::once(&*branch.test).chain(
            branch
                .elif_else_clauses
                .iter()
                .filter_map(|it| it.test.as_ref()),
        );
        let asks_version = tests
            .clone()
            .any(|test| asks_version(&self.text[test.range()]));
        let asks_type = tests
            .clone()
            .any(|test| self.text[test.range()].contains("TYPE_CHECKING"));
        let guards = usize::from(asks_version || asks_type);
        self.import_guards += guards;
        self.guard_version(asks_version, true);
        let bodies = std::iter::once(&branch.body)
            .chain(branch.elif_else_clauses.iter().map(|clause| &clause.body));
        let mut arms = Vec::new();
        for (test, body) in tests.zip(bodies) {
            arms.push(Arm {
                condition: self.condition(test),
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
        self.guard_version(asks_version, false);
        self.import_guards -= guards;
        self.push(Step::If { arms, otherwise });
    }

    /// What asks for the version of Python counts with names that other versions lack.
    fn guard_version(&mut self, asks: bool, begins: bool) {
        let guards = &mut self.nesting.top().guards;
        for count in [guards, &mut self.version_guards] {
            if asks && begins {
                *count += 1;
            } else if asks {
                *count -= 1;
            }
        }
    }

    /// `a if b else c`: a `:=` in one branch leaves the other without a value.
    pub(super) fn choice(&mut self, choice: &'a ast::ExprIf) {
        let test = self.block(|walk| walk.visit_expr(&choice.test));
        let from = self.nesting.top().scope.uses.len();
        let asks_version = asks_version(&self.text[choice.test.range()]);
        self.guard_version(asks_version, true);
        let body = self.block(|walk| walk.visit_expr(&choice.body));
        let otherwise = self.block(|walk| walk.visit_expr(&choice.orelse));
        self.guard_version(asks_version, false);
        let binds = self.nesting.top().scope.uses[from..]
            .iter()
            .any(|used| used.kind == UseKind::Bind);
        let condition = self.condition(&choice.test);
        let arm = Arm {
            condition,
            test,
            body,
        };
        if binds {
            let arms = vec![arm];
            self.push(Step::If { arms, otherwise });
        } else {
            // Most bind nothing, and are not worth the cost of branches.
            self.push(Step::Choice { arm, otherwise });
        }
    }

    /// `a and b`: what follows the first is evaluated only if all before it hold, or none for an `or`.
    pub(super) fn operands(&mut self, both: &'a ast::ExprBoolOp) {
        /// In longer chains, nobody looks for what guards what.
        const LONGEST: usize = 8;
        let mut values = both.values.iter();
        if both.values.len() > LONGEST {
            values.for_each(|value| self.visit_expr(value));
            return;
        }
        let Some(first) = values.next() else { return };
        self.visit_expr(first);
        let rest: Vec<_> = values.collect();
        self.operand(both.op, first, &rest);
    }

    fn operand(&mut self, op: ast::BoolOp, before: &'a Expr, rest: &[&'a Expr]) {
        let Some((first, rest)) = rest.split_first() else {
            return;
        };
        let body = self.block(|walk| {
            walk.visit_expr(first);
            walk.operand(op, first, rest);
        });
        if body.is_empty() {
            return;
        }
        let condition = match (op, self.condition(before)) {
            (ast::BoolOp::And, condition) => condition,
            (ast::BoolOp::Or, condition) => condition.negated(),
        };
        self.push(Step::Choice {
            arm: Arm {
                condition,
                test: Block::new(),
                body,
            },
            otherwise: Block::new(),
        });
    }

    pub(super) fn cases(&mut self, matched: &'a ast::StmtMatch) {
        self.visit_expr(&matched.subject);
        let mut arms = Vec::new();
        for case in &matched.cases {
            let condition = match &case.guard {
                None => self.fit(&matched.subject, &case.pattern),
                Some(_) => Condition::Unknown,
            };
            arms.push(Arm {
                condition,
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

/// Returns whether a test asks for the version of Python: `sys.version_info >= (3, 11)`, `six.PY2`.
fn asks_version(test: &str) -> bool {
    let mut words = test.split(|it: char| !it.is_ascii_alphanumeric() && it != '_');
    words.any(|word| {
        let number = word
            .strip_prefix("PY")
            .map(|rest| rest.trim_start_matches('_'));
        word == "version_info"
            || word == "hexversion"
            || number.is_some_and(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()))
    })
}
