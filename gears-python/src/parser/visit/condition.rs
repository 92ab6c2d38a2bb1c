//! Conditions, and what is known of a name that has just got a value.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, CmpOp, Expr, Number};
use ruff_text_size::Ranged as _;

use crate::condition::{Claim, Condition};
use crate::parser::Walk;
use crate::scope::UseKind;
use crate::step::{Arm, Block, Step};

/// Longer texts are hardly asked for twice.
const LONGEST: usize = 200;

/// More alternatives than this are not told apart.
const ALTERNATIVES: usize = 16;

impl Walk<'_> {
    /// Returns what an expression asks when it is a test.
    pub(super) fn condition(&mut self, expr: &Expr) -> Condition {
        match expr {
            Expr::Named(named) => self.condition(&named.target),
            Expr::UnaryOp(ast::ExprUnaryOp {
                op: ast::UnaryOp::Not,
                operand,
                ..
            }) => self.condition(operand).negated(),
            Expr::BoolOp(both) => {
                let parts: Vec<_> = both.values.iter().map(|it| self.condition(it)).collect();
                match self.claim(expr, Claim::Holds) {
                    Condition::Fact(whole) if both.op == ast::BoolOp::And => {
                        Condition::All(whole, parts)
                    }
                    Condition::Fact(whole) => Condition::Any(whole, parts),
                    other => other,
                }
            }
            Expr::Compare(compared) => self.comparison(expr, compared),
            Expr::Call(call) => self.called(expr, call),
            _ => match constant(expr) {
                Some(holds) => Condition::Fixed(holds),
                None => self.claim(expr, Claim::Holds),
            },
        }
    }

    fn comparison(&mut self, whole: &Expr, compared: &ast::ExprCompare) -> Condition {
        let ([op], [right]) = (&*compared.ops, &*compared.comparators) else {
            return self.claim(whole, Claim::Holds);
        };
        let left = match &*compared.left {
            Expr::Named(named) => &named.target,
            _ => &compared.left,
        };
        let is_constant = constant(right).is_some();
        let condition = match op {
            CmpOp::Is | CmpOp::IsNot | CmpOp::Eq | CmpOp::NotEq if right.is_none_literal_expr() => {
                self.claim(left, Claim::IsNone)
            }
            CmpOp::Is | CmpOp::IsNot | CmpOp::Eq | CmpOp::NotEq if is_constant => {
                match (length_of(left), zero(right)) {
                    (Some(subject), true) => self.condition(subject).negated(),
                    _ => self.equality(left, right),
                }
            }
            CmpOp::In | CmpOp::NotIn => match alternatives(right) {
                Some(values) => {
                    let parts = values.iter().map(|it| self.equality(left, it)).collect();
                    match self.claim(whole, Claim::Holds) {
                        Condition::Fact(whole) => Condition::Any(whole, parts),
                        other => other,
                    }
                }
                None => self.order(left, "in", right),
            },
            CmpOp::Is | CmpOp::IsNot => self.order(left, "is", right),
            CmpOp::Eq | CmpOp::NotEq => self.order(left, "==", right),
            CmpOp::Gt | CmpOp::LtE if length_of(left).is_some() && zero(right) => {
                match length_of(left) {
                    Some(subject) => self.condition(subject).negated(),
                    None => Condition::Unknown,
                }
            }
            // `a > b` and `a <= b` ask the same, with another answer.
            CmpOp::Lt | CmpOp::GtE => self.order(left, "<", right),
            CmpOp::Gt | CmpOp::LtE => self.order(left, "<=", right),
        };
        match op {
            CmpOp::IsNot | CmpOp::NotEq | CmpOp::NotIn | CmpOp::GtE | CmpOp::Gt => {
                condition.negated()
            }
            CmpOp::Is | CmpOp::Eq | CmpOp::In | CmpOp::Lt | CmpOp::LtE => condition,
        }
    }

    fn called(&mut self, whole: &Expr, call: &ast::ExprCall) -> Condition {
        let name = call.func.as_name_expr().map(|name| name.id.as_str());
        match (name, &*call.arguments.args) {
            (Some("bool" | "len"), [subject]) => self.condition(subject),
            (Some("isinstance" | "issubclass"), [subject, Expr::Tuple(kinds)])
                if kinds.len() <= ALTERNATIVES =>
            {
                let parts = kinds
                    .iter()
                    .map(|kind| {
                        let subject = self.text_of(subject);
                        let text = format!("isinstance({subject}, {})", self.text_of(kind));
                        self.fact(&text, Claim::Holds, whole)
                    })
                    .collect();
                match self.claim(whole, Claim::Holds) {
                    Condition::Fact(whole) => Condition::Any(whole, parts),
                    other => other,
                }
            }
            _ => self.claim(whole, Claim::Holds),
        }
    }

    fn equality(&mut self, left: &Expr, right: &Expr) -> Condition {
        if right.is_none_literal_expr() {
            return self.claim(left, Claim::IsNone);
        }
        let value = match right {
            // However it is quoted.
            Expr::StringLiteral(literal) => format!("{:?}", literal.value.to_str()),
            _ => self.text_of(right),
        };
        let holds = constant(right).unwrap_or(true);
        let claim = Claim::Equals { value, holds };
        self.claim(left, claim)
    }

    fn order(&mut self, left: &Expr, word: &str, right: &Expr) -> Condition {
        let text = format!("{} {word} {}", self.text_of(left), self.text_of(right));
        let mut names = names_of(left);
        names.extend(names_of(right));
        self.known(&text, Claim::Holds, || names)
    }

    /// A claim about an expression.
    pub(super) fn claim(&mut self, subject: &Expr, claim: Claim) -> Condition {
        let text = self.text_of(subject);
        self.fact(&text, claim, subject)
    }

    fn fact(&mut self, text: &str, claim: Claim, whole: &Expr) -> Condition {
        self.known(text, claim, || names_of(whole))
    }

    fn known(
        &mut self,
        text: &str,
        claim: Claim,
        names: impl FnOnce() -> Vec<String>,
    ) -> Condition {
        if text.len() > LONGEST {
            return Condition::Unknown;
        }
        let facts = &mut self.nesting.top().scope.facts;
        Condition::Fact(facts.note(text, claim, names))
    }

    /// The text of an expression, the same however it is broken into lines.
    pub(super) fn text_of(&self, expr: &Expr) -> String {
        let text = &self.text[expr.range()];
        if text.len() <= LONGEST && text.contains('\n') {
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        } else {
            text.to_owned()
        }
    }

    /// Returns what has to hold that a `for` over this has a round.
    pub(super) fn has_rounds(&mut self, iter: &Expr) -> Condition {
        if let Some(holds) = constant(iter) {
            return Condition::Fixed(holds);
        }
        match iter {
            Expr::Call(call) => {
                let arguments = &*call.arguments.args;
                match (&*call.func, arguments) {
                    (Expr::Name(name), [first, ..])
                        if matches!(
                            name.id.as_str(),
                            "enumerate" | "sorted" | "reversed" | "list" | "tuple" | "set" | "iter"
                        ) =>
                    {
                        self.has_rounds(first)
                    }
                    (Expr::Name(name), [end]) if name.id.as_str() == "range" => {
                        match (length_of(end), constant(end)) {
                            (Some(subject), _) => self.has_rounds(subject),
                            (_, Some(holds)) => Condition::Fixed(holds),
                            _ => self.claim(iter, Claim::Holds),
                        }
                    }
                    (Expr::Attribute(method), [])
                        if matches!(
                            method.attr.as_str(),
                            "items" | "keys" | "values" | "copy" | "iteritems"
                        ) =>
                    {
                        self.has_rounds(&method.value)
                    }
                    _ => self.claim(iter, Claim::Holds),
                }
            }
            _ => self.claim(iter, Claim::Holds),
        }
    }

    /// Returns what has to hold that a pattern fits.
    pub(super) fn fit(&mut self, subject: &Expr, pattern: &ast::Pattern) -> Condition {
        match pattern {
            _ if pattern.is_irrefutable() => Condition::Fixed(true),
            ast::Pattern::MatchValue(value) if constant(&value.value).is_some() => {
                self.equality(subject, &value.value)
            }
            ast::Pattern::MatchSingleton(ast::PatternMatchSingleton {
                value: ast::Singleton::None,
                ..
            }) => self.claim(subject, Claim::IsNone),
            ast::Pattern::MatchOr(either) => {
                let parts = either.patterns.iter().map(|it| self.fit(subject, it));
                let parts = parts.collect();
                match self.fits(subject, pattern) {
                    Condition::Fact(whole) => Condition::Any(whole, parts),
                    other => other,
                }
            }
            _ => self.fits(subject, pattern),
        }
    }

    fn fits(&mut self, subject: &Expr, pattern: &ast::Pattern) -> Condition {
        let range = pattern.range();
        let text = format!("{} case {}", self.text_of(subject), &self.text[range]);
        self.fact(&text, Claim::Holds, subject)
    }

    /// Notes a name that holds what the server has answered.
    pub(super) fn note_origin(&mut self, target: &Expr, value: &Expr) {
        let scope = &mut self.nesting.top().scope;
        let is_from_server = |name: &String| {
            matches!(name.as_str(), "cmd" | "execute") || scope.answers.contains(name)
        };
        if names_of(value).iter().any(is_from_server) {
            let names = names_of(target);
            scope.answers.extend(names);
        }
    }

    /// Returns whether what an expression holds was handed to the function, by who calls it or by the server.
    pub(super) fn is_from_outside(&mut self, expr: &Expr) -> bool {
        let mut root = expr;
        loop {
            root = match root {
                Expr::Attribute(attribute) => &attribute.value,
                Expr::Subscript(subscript) => &subscript.value,
                Expr::Call(call) => match (&*call.func, &*call.arguments.args) {
                    (Expr::Name(name), [first, ..])
                        if matches!(
                            name.id.as_str(),
                            "enumerate" | "sorted" | "reversed" | "list" | "tuple" | "set" | "iter"
                        ) =>
                    {
                        first
                    }
                    _ => &call.func,
                },
                Expr::Name(name) => {
                    let name = name.id.as_str();
                    let scope = &self.nesting.top().scope;
                    return matches!(name, "cmd" | "execute")
                        || scope.answers.contains(name)
                        || scope.uses_as(name, UseKind::Parameter)
                            && !scope.uses_as(name, UseKind::Bind);
                }
                _ => return false,
            };
        }
    }

    /// Notes what is known of a target that has just got a value.
    pub(super) fn learn(&mut self, target: &Expr, value: &Expr) {
        let steps = self.lesson(target, value);
        self.nesting.top().steps.extend(steps);
    }

    fn lesson(&mut self, target: &Expr, value: &Expr) -> Block {
        let mut steps = Block::new();
        match (target, value) {
            (Expr::Tuple(targets), Expr::Tuple(values)) if targets.len() == values.len() => {
                for (target, value) in targets.iter().zip(&values.elts) {
                    steps.extend(self.lesson(target, value));
                }
                return steps;
            }
            (Expr::Name(_) | Expr::Attribute(_), _) => {}
            _ => return steps,
        }
        let mut assume = |condition| steps.push(Step::Assume(condition));
        match value {
            Expr::NoneLiteral(_) => assume(self.claim(target, Claim::IsNone)),
            Expr::BooleanLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::StringLiteral(_)
            | Expr::BytesLiteral(_) => assume(self.equality(target, value)),
            Expr::FString(_) | Expr::Lambda(_) | Expr::ListComp(_) | Expr::DictComp(_) => {
                assume(self.claim(target, Claim::IsNone).negated());
            }
            Expr::Compare(_) | Expr::BoolOp(_) | Expr::UnaryOp(_) | Expr::Name(_) | Expr::If(_) => {
                let own = names_of(target);
                if !names_of(value).iter().any(|name| own.contains(name)) {
                    steps.extend(self.equivalence(target, value));
                }
            }
            _ => {
                if let Some(holds) = constant(value) {
                    let holding = self.claim(target, Claim::Holds);
                    assume(if holds { holding } else { holding.negated() });
                    assume(self.claim(target, Claim::IsNone).negated());
                }
            }
        }
        steps
    }

    /// The target holds when the value does.
    fn equivalence(&mut self, target: &Expr, value: &Expr) -> Option<Step> {
        let (condition, body, otherwise) = match value {
            Expr::If(choice) => (
                self.condition(&choice.test),
                self.lesson(target, &choice.body),
                self.lesson(target, &choice.orelse),
            ),
            _ => {
                let condition = self.condition(value);
                let holding = self.claim(target, Claim::Holds);
                (
                    condition,
                    vec![Step::Assume(holding.clone())],
                    vec![Step::Assume(holding.negated())],
                )
            }
        };
        if matches!(condition, Condition::Unknown) || body.is_empty() && otherwise.is_empty() {
            return None;
        }
        Some(Step::Choice {
            arm: Arm {
                condition,
                test: Block::new(),
                body,
            },
            otherwise,
        })
    }
}

/// Returns whether an expression that is always the same counts as true.
fn constant(expr: &Expr) -> Option<bool> {
    let is_starred = |elements: &[Expr]| elements.iter().any(Expr::is_starred_expr);
    match expr {
        Expr::NoneLiteral(_) => Some(false),
        Expr::BooleanLiteral(literal) => Some(literal.value),
        Expr::NumberLiteral(literal) => match &literal.value {
            Number::Int(int) => Some(int.as_u64() != Some(0)),
            Number::Float(float) => Some(*float != 0.0),
            Number::Complex { .. } => None,
        },
        Expr::StringLiteral(literal) => Some(!literal.value.is_empty()),
        Expr::BytesLiteral(literal) => Some(literal.value.bytes().next().is_some()),
        Expr::List(ast::ExprList { elts, .. })
        | Expr::Tuple(ast::ExprTuple { elts, .. })
        | Expr::Set(ast::ExprSet { elts, .. }) => (!is_starred(elts)).then_some(!elts.is_empty()),
        Expr::Dict(dict) => {
            let is_merged = dict.items.iter().any(|item| item.key.is_none());
            (!is_merged).then_some(!dict.items.is_empty())
        }
        Expr::Call(call) => {
            let name = call.func.as_name_expr()?.id.as_str();
            let is_bare = call.arguments.args.is_empty() && call.arguments.keywords.is_empty();
            (is_bare && matches!(name, "list" | "dict" | "set" | "tuple")).then_some(false)
        }
        _ => None,
    }
}

/// Returns the constants that a literal collection holds.
fn alternatives(expr: &Expr) -> Option<&[Expr]> {
    let (Expr::Tuple(ast::ExprTuple { elts, .. })
    | Expr::List(ast::ExprList { elts, .. })
    | Expr::Set(ast::ExprSet { elts, .. })) = expr
    else {
        return None;
    };
    let is_plain = |it: &Expr| it.is_literal_expr() && constant(it).is_some();
    (elts.len() <= ALTERNATIVES && elts.iter().all(is_plain)).then_some(elts)
}

/// `len(subject)`
fn length_of(expr: &Expr) -> Option<&Expr> {
    let call = expr.as_call_expr()?;
    let is_length = call.func.as_name_expr()?.id.as_str() == "len";
    match &*call.arguments.args {
        [subject] if is_length => Some(subject),
        _ => None,
    }
}

fn zero(expr: &Expr) -> bool {
    expr.is_number_literal_expr() && constant(expr) == Some(false)
}

/// The names that an expression reads or binds.
fn names_of(expr: &Expr) -> Vec<String> {
    struct Names(Vec<String>);
    impl<'a> Visitor<'a> for Names {
        fn visit_expr(&mut self, expr: &'a Expr) {
            if let Expr::Name(name) = expr {
                self.0.push(name.id.to_string());
            }
            visitor::walk_expr(self, expr);
        }
    }
    let mut names = Names(Vec::new());
    names.visit_expr(expr);
    names.0
}
