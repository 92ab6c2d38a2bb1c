//! The only file that touches ruff's parser, which promises no stable API; what walks its tree is [`visit`].
//!
//! A body is parsed as it is, as a module, so that offsets need no mapping; that it stands inside of a `def` is told
//! to the check of semantic rules alone, whose outermost scope here is a function.

mod shape;
mod visit;

use std::borrow::Cow;
use std::cell::RefCell;

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::visitor::Visitor;
use ruff_python_ast::{self as ast, Expr, PythonVersion as RuffVersion, Stmt};
use ruff_python_parser::semantic_errors::{
    LazyImportContext, SemanticSyntaxChecker, SemanticSyntaxContext, SemanticSyntaxError,
};
use ruff_python_parser::{Mode, ParseOptions, Parsed, UnsupportedSyntaxError, lexer};
use ruff_text_size::{Ranged, TextRange};

use crate::depth::{Binding, Mark, too_deep};
use crate::expression::{Arity, Expression};
use crate::help::Help;
use crate::import::Import;
use crate::nesting::Nesting;
use crate::problem::{Problem, explain_syntax};
use crate::scope::{Scope, ScopeKind};
use crate::version::PythonVersion;

/// What a text is, once it is known to be Python.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) root: Scope,
    pub(crate) imports: Vec<Import>,
    /// Breaches of rules that show in a single place of the text.
    pub(crate) breaches: Vec<Problem>,
}

/// Parses the inside of a `def` with those parameters.
pub(crate) fn parse(
    text: &str,
    oldest: PythonVersion,
    parameters: &[&str],
) -> Result<Tree, Vec<Problem>> {
    parse_within(text, oldest, ScopeKind::Function, parameters)
}

/// Parses a file of its own.
pub(crate) fn parse_file(text: &str, oldest: PythonVersion) -> Result<Tree, Vec<Problem>> {
    parse_within(text, oldest, ScopeKind::Module, &[])
}

fn parse_within(
    text: &str,
    oldest: PythonVersion,
    kind: ScopeKind,
    parameters: &[&str],
) -> Result<Tree, Vec<Problem>> {
    if let Some(message) = too_deep(marks(text)) {
        return Err(vec![Problem::new(TextRange::default(), message)]);
    }
    let parsed = parse_module(text, oldest);
    if let Some(error) = parsed.errors().first() {
        // What comes after the first error is the parser's recovery speaking.
        let problem = Problem::new(error.location, error.error.to_string());
        let help = explain_syntax(text, &problem);
        return Err(vec![problem.with_help(help)]);
    }
    if parsed.suite().is_empty() && kind == ScopeKind::Function {
        let problem = Problem::new(TextRange::default(), "the body is empty");
        let help = "a function of Python has at least one statement, if only `pass`".to_owned();
        return Err(vec![problem.with_help(Some(help))]);
    }

    let normal: Vec<_> = parameters.iter().map(|name| normal_form(name)).collect();
    let parameters: Vec<&str> = normal.iter().map(|name| &**name).collect();
    let parameters = &*parameters;
    // Whether the function is a coroutine shows only after a walk, and matters to a few rules.
    let nesting = |is_async| Nesting::new(kind, parameters, is_async);
    let mut walk = Walk::new(text, oldest, nesting(false)).run(parsed.suite());
    if walk.0.root.awaits.is_some() {
        walk = Walk::new(text, oldest, nesting(true)).run(parsed.suite());
    }
    let (tree, mut problems) = walk;
    problems.extend(unsupported(
        oldest,
        parsed.unsupported_syntax_errors(),
        |version| parse_module(text, version),
    ));
    problems.sort_by_key(|problem| problem.offset);
    if problems.is_empty() {
        Ok(tree)
    } else {
        Err(problems)
    }
}

/// What an expression is, with what stands around it.
#[derive(Debug)]
pub(crate) struct Sole {
    pub(crate) expression: Expression,
    pub(crate) tree: Tree,
}

/// Parses one expression, as if it stood in parentheses, in which those names have values.
pub(crate) fn parse_expression(
    text: &str,
    oldest: PythonVersion,
    given: &[&str],
) -> Result<Sole, Vec<Problem>> {
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
    let (tree, mut problems) =
        Walk::new(text, oldest, Nesting::new(ScopeKind::Function, &[], false)).run_expression(expr);
    let root = &tree.root;
    if root.yields.is_some() || root.awaits.is_some() {
        let message = "`yield` and `await` need a function around them";
        let help = "write one with `#[gear_fn]`".to_owned();
        problems.push(Problem::new(expr.range(), message).with_help(Some(help)));
    }
    problems.extend(unsupported(
        oldest,
        parsed.unsupported_syntax_errors(),
        |version| parse_parenthesized(text, version),
    ));
    problems.sort_by_key(|problem| problem.offset);
    if !problems.is_empty() {
        return Err(problems);
    }
    let expression = Expression {
        lambda: match expr {
            Expr::Lambda(lambda) => Some(arity(lambda)),
            _ => None,
        },
        uses_cmd: root.reads_global("cmd") && !given.contains(&"cmd"),
        reads: root.free_names(),
    };
    Ok(Sole { expression, tree })
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

/// Returns a name as Python reads it, in normal form KC; Rust keeps `ﬁx` and `fix` apart.
pub(crate) fn normal_form(name: &str) -> Cow<'_, str> {
    if name.is_ascii() {
        return Cow::Borrowed(name);
    }
    match &**parse_module(name, PythonVersion::NEWEST).suite() {
        [Stmt::Expr(alone)] => match &*alone.value {
            Expr::Name(read) => Cow::Owned(read.id.to_string()),
            _ => Cow::Borrowed(name),
        },
        _ => Cow::Borrowed(name),
    }
}

#[expect(
    clippy::expect_used,
    reason = "the parser returns what the mode asks for"
)]
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
        loop {
            match lexer.next_token() {
                TokenKind::EndOfFile => return None,
                TokenKind::Comment | TokenKind::NonLogicalNewline => {}
                kind => return Some(mark(kind)),
            }
        }
    })
}

fn mark(kind: TokenKind) -> Mark {
    use TokenKind as Token;
    match kind {
        Token::Indent => Mark::Indent,
        Token::Dedent => Mark::Dedent,
        Token::Newline => Mark::Line,
        Token::Lpar | Token::Lsqb | Token::Lbrace => Mark::Open,
        Token::Rpar | Token::Rsqb | Token::Rbrace => Mark::Close,
        Token::Comma | Token::Semi => Mark::Comma,
        Token::Plus | Token::Minus => Mark::Sign,
        Token::Not => Mark::Not,
        Token::Or => Mark::Operator(Binding::Or),
        Token::And => Mark::Operator(Binding::And),
        Token::Vbar => Mark::Operator(Binding::BitOr),
        Token::CircumFlex => Mark::Operator(Binding::BitXor),
        Token::Amper => Mark::Operator(Binding::BitAnd),
        Token::LeftShift | Token::RightShift => Mark::Operator(Binding::Shift),
        Token::Star | Token::Slash | Token::DoubleSlash | Token::Percent | Token::At => {
            Mark::Operator(Binding::Product)
        }
        Token::DoubleStar | Token::Tilde | Token::Await => Mark::Operator(Binding::Tight),
        Token::Dot => Mark::Operator(Binding::Trailer),
        Token::Is
        | Token::In
        | Token::Less
        | Token::Greater
        | Token::EqEqual
        | Token::NotEqual
        | Token::LessEqual
        | Token::GreaterEqual => Mark::Operator(Binding::Comparison),
        Token::None
        | Token::True
        | Token::False
        | Token::Ellipsis
        | Token::Match
        | Token::Case
        | Token::Type
        | Token::Lazy => Mark::Operand,
        // The second words of what has been counted, and what begins a target, a value or a field.
        Token::Else
        | Token::Colon
        | Token::Equal
        | Token::FStringStart
        | Token::FStringMiddle
        | Token::TStringStart
        | Token::TStringMiddle => Mark::Other,
        kind if kind.is_keyword() || kind.is_operator() => Mark::Operator(Binding::Loose),
        _ => Mark::Operand,
    }
}

/// Explains what `oldest` does not know yet.
fn unsupported<T>(
    oldest: PythonVersion,
    errors: &[UnsupportedSyntaxError],
    parse: impl Fn(PythonVersion) -> Parsed<T>,
) -> Vec<Problem> {
    /// More are never told.
    const EXPLAINED: usize = 20;
    let errors = &errors[..errors.len().min(EXPLAINED)];
    let mut enough: Vec<Option<PythonVersion>> = vec![None; errors.len()];
    // The version that knows the syntax is private to the parser, so ask each one.
    for version in PythonVersion::all().filter(|&version| version > oldest) {
        if enough.iter().all(Option::is_some) {
            break;
        }
        let parsed = parse(version);
        let left = parsed.unsupported_syntax_errors();
        for (error, enough) in errors.iter().zip(&mut enough) {
            let is_left = left
                .iter()
                .any(|other| (other.kind, other.range) == (error.kind, error.range));
            if enough.is_none() && !is_left {
                *enough = Some(version);
            }
        }
    }
    errors
        .iter()
        .zip(enough)
        .map(|(error, enough)| {
            Problem::new(error.range, error.to_string()).with_help(enough.map(Help::Needs))
        })
        .collect()
}

/// A walk over the tree: builds the scopes, and feeds ruff's check of semantic rules on the way.
struct Walk<'a> {
    text: &'a str,
    version: PythonVersion,
    checker: SemanticSyntaxChecker,
    nesting: Nesting,
    problems: RefCell<Vec<Problem>>,
    breaches: Vec<Problem>,
    imports: Vec<Import>,
    /// How much of the code around the place counts with modules missing.
    import_guards: usize,
    /// How much of it counts with names missing in some version.
    version_guards: usize,
    /// What is read happens at a time of its own.
    is_aside: bool,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str, version: PythonVersion, nesting: Nesting) -> Self {
        Self {
            text,
            version,
            checker: SemanticSyntaxChecker::new(),
            nesting,
            problems: RefCell::default(),
            breaches: Vec::new(),
            imports: Vec::new(),
            import_guards: 0,
            version_guards: 0,
            is_aside: false,
        }
    }

    fn run(mut self, suite: &[Stmt]) -> (Tree, Vec<Problem>) {
        if self.nesting.innermost() == ScopeKind::Function {
            // `from __future__ import …` is for the top of a module, and before the body stands at least its `def`.
            let before = parse_module("pass", self.version);
            for stmt in before.suite() {
                self.check(|checker, walk| checker.visit_stmt(stmt, walk));
            }
        }
        self.visit_body(suite);
        let mut root = self.nesting.into_root();
        root.ends_raising = shape::ends_raising(suite);
        let mut problems = self.problems.into_inner();
        root.check(&mut |offset, len, message| {
            problems.push(Problem::new(offset..offset + len, message));
        });
        let tree = Tree {
            root,
            imports: self.imports,
            breaches: self.breaches,
        };
        (tree, problems)
    }

    fn run_expression(mut self, expr: &Expr) -> (Tree, Vec<Problem>) {
        let before = parse_module("pass", self.version);
        for stmt in before.suite() {
            self.check(|checker, walk| checker.visit_stmt(stmt, walk));
        }
        self.visit_expr(expr);
        let tree = Tree {
            root: self.nesting.into_root(),
            imports: self.imports,
            breaches: self.breaches,
        };
        (tree, self.problems.into_inner())
    }

    fn check(&mut self, step: impl FnOnce(&mut SemanticSyntaxChecker, &Self)) {
        let mut checker = std::mem::take(&mut self.checker);
        step(&mut checker, self);
        self.checker = checker;
    }

    fn too_new(&self, range: TextRange, what: &str, needed: PythonVersion) {
        let version = self.version;
        if version < needed {
            let message = format!(
                "cannot use {what} on Python {version} (syntax was added in Python {needed})"
            );
            let problem = Problem::new(range, message).with_help(Some(Help::Needs(needed)));
            self.problems.borrow_mut().push(problem);
        }
    }
}

impl SemanticSyntaxContext for Walk<'_> {
    fn future_annotations_or_stub(&self) -> bool {
        false
    }

    fn lazy_import_context(&self) -> Option<LazyImportContext> {
        (self.nesting.innermost() != ScopeKind::Module).then_some(LazyImportContext::Function)
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
        self.nesting.innermost() == ScopeKind::Module
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
