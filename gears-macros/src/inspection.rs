//! One text of Python, held to what gears-python checks: the one way in for every macro.

use gears_python::{Body, Checker, Diagnostic, Expression, Function, Level, PythonVersion, Rule};
use proc_macro2::Span;
use syn::ext::IdentExt as _;

use crate::errors::Errors;
use crate::model::Param;
use crate::options::Options;

/// What to check, and where to say what is wrong.
pub(crate) struct Inspection<'a> {
    body: &'a Body,
    /// What to underline.
    span: Span,
    oldest: PythonVersion,
    /// Names, each with what to underline when the message is about it.
    parameters: Vec<(String, Span)>,
    requirements: Vec<String>,
    allowed: &'a [Rule],
    /// The parameters that say where the call goes: they have their use without being read.
    keys: Vec<String>,
    may_yield: bool,
    is_sync: bool,
    parameters_may_rest: bool,
}

impl<'a> Inspection<'a> {
    pub(crate) fn new(body: &'a Body, span: Span, oldest: PythonVersion) -> Self {
        Self {
            body,
            span,
            oldest,
            parameters: Vec::new(),
            requirements: Vec::new(),
            allowed: &[],
            keys: Vec::new(),
            may_yield: false,
            is_sync: false,
            parameters_may_rest: false,
        }
    }

    /// Takes over what the attribute says of requirements and allowed rules.
    pub(crate) fn options(mut self, options: &'a Options) -> Self {
        self.requirements = options
            .requirements
            .iter()
            .map(|text| text.value().trim().to_owned())
            .collect();
        self.allowed = &options.allow;
        let key = options.key.as_ref().map(|key| key.unraw().to_string());
        self.keys.extend(key);
        self
    }

    pub(crate) fn parameters(mut self, params: &[Param]) -> Self {
        let keys = params.iter().filter(|param| param.key.is_some());
        self.keys.extend(keys.map(Param::plain_name));
        self.names(
            params
                .iter()
                .map(|param| (param.plain_name(), param.name.span())),
        )
    }

    /// Names of parameters, with their places.
    pub(crate) fn names(mut self, names: impl IntoIterator<Item = (String, Span)>) -> Self {
        self.parameters = names.into_iter().collect();
        self
    }

    /// The parameter of that name, if any, is there whether it is needed or not.
    pub(crate) fn may_go_unread(mut self, name: Option<&str>) -> Self {
        self.keys.extend(name.map(str::to_owned));
        self
    }

    /// The place takes generators too.
    pub(crate) fn may_yield(mut self) -> Self {
        self.may_yield = true;
        self
    }

    /// The body runs in mode `sync`, so that it is atomic until it awaits.
    pub(crate) fn sync(mut self, is_sync: bool) -> Self {
        self.is_sync = is_sync;
        self
    }

    /// The place decides what is passed, so that parameters may go unused.
    pub(crate) fn parameters_may_rest(mut self, may: bool) -> Self {
        self.parameters_may_rest = may;
        self
    }

    /// Checks and tells; returns what is known about the function, if it is one.
    pub(crate) fn run(self, errors: &Errors) -> Option<Function> {
        self.check(errors, |checker, body| checker.check(body).into_parts())
    }

    /// Checks one expression and tells; returns what is known about it, if it is one.
    pub(crate) fn run_expression(self, errors: &Errors) -> Option<Expression> {
        self.check(errors, |checker, body| checker.check_expression(body))
    }

    fn check<T>(
        &self,
        errors: &Errors,
        check: impl Fn(&Checker<'_>, &Body) -> (Option<T>, Vec<Diagnostic>),
    ) -> Option<T> {
        let parameters: Vec<&str> = self
            .parameters
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let requirements: Vec<&str> = self.requirements.iter().map(String::as_str).collect();
        let mut checker = Checker::new(self.oldest)
            .parameters(&parameters)
            .requirements(&requirements)
            .allow(self.allowed);
        if self.may_yield {
            checker = checker.may_yield();
        }
        if self.is_sync {
            checker = checker.sync();
        }
        if self.parameters_may_rest {
            checker = checker.parameters_may_rest();
        }
        if cfg!(not(feature = "check")) {
            checker = checker.syntax_only();
        }
        let (found, diagnostics) = check(&checker, self.body);
        for diagnostic in diagnostics {
            if diagnostic.rule() == Some(Rule::UnusedParameter) && { self.keys.iter() }
                .any(|key| diagnostic.parameter() == Some(key))
            {
                continue;
            }
            let span = self.span_of(&diagnostic);
            match diagnostic.rule() {
                Some(rule) if diagnostic.level() == Level::Warning => {
                    errors.warn(span, rule, diagnostic);
                }
                _ => errors.at_span(span, diagnostic),
            }
        }
        found
    }

    fn span_of(&self, diagnostic: &Diagnostic) -> Span {
        self.parameters
            .iter()
            .find(|(name, _)| diagnostic.parameter() == Some(name))
            .map_or(self.span, |(_, span)| *span)
    }
}
