//! Where a walk over a body stands: the scopes that are open, innermost last.

use crate::scope::{Scope, ScopeKind, Use, UseKind};
use crate::step::{Block, Step};

/// One scope that is being walked.
pub(crate) struct Frame {
    pub(crate) scope: Scope,
    pub(crate) in_loop: bool,
    pub(crate) in_finally: bool,
    /// The block of statements that is being walked.
    pub(crate) steps: Block,
    /// How many of the `try` around the place, in this scope, catch a `NameError`.
    pub(crate) guards: usize,
}

impl Frame {
    fn note(&mut self, name: &str, kind: UseKind, offset: usize) {
        let guarded = self.guards > 0;
        let index = self.scope.note(Use {
            guarded,
            ..Use::new(name, kind, offset)
        });
        self.steps.push(Step::Use(index));
    }

    fn into_scope(mut self) -> Scope {
        self.scope.steps = self.steps;
        self.scope
    }
}

/// The open scopes; the outermost, the body's own, is never closed.
pub(crate) struct Nesting {
    frames: Vec<Frame>,
}

impl Nesting {
    /// Starts in the outermost scope: that of a function with those parameters, or of a module.
    pub(crate) fn new(kind: ScopeKind, parameters: &[&str], is_async: bool) -> Self {
        let mut nesting = Self { frames: Vec::new() };
        nesting.open(kind, is_async);
        for name in parameters {
            nesting.note(name, UseKind::Parameter, 0);
        }
        nesting
    }

    pub(crate) fn open(&mut self, kind: ScopeKind, is_async: bool) {
        self.frames.push(Frame {
            scope: Scope::new(kind, is_async),
            in_loop: false,
            in_finally: false,
            steps: Vec::new(),
            guards: 0,
        });
    }

    /// Closes the innermost scope and makes it a child of the one around it.
    pub(crate) fn close(&mut self) {
        if self.frames.len() > 1
            && let Some(frame) = self.frames.pop()
        {
            let top = self.top();
            top.steps.push(if frame.scope.kind.is_deferred() {
                Step::Define(top.scope.children.len())
            } else {
                Step::Enter(top.scope.children.len())
            });
            top.scope.children.push(frame.into_scope());
        }
    }

    /// Returns the body's own scope at the end of a walk.
    pub(crate) fn into_root(mut self) -> Scope {
        self.frames.swap_remove(0).into_scope()
    }

    #[expect(clippy::expect_used, reason = "`close` leaves the outermost scope")]
    pub(crate) fn top(&mut self) -> &mut Frame {
        let innermost = self.frames.last_mut();
        innermost.expect("the outermost scope is never closed")
    }

    pub(crate) fn in_loop(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.in_loop)
    }

    pub(crate) fn has_parameter(&self, name: &str) -> bool {
        self.frames
            .last()
            .is_some_and(|frame| frame.scope.uses_as(name, UseKind::Parameter))
    }

    /// Notes a use of a name in the innermost scope.
    pub(crate) fn note(&mut self, name: &str, kind: UseKind, offset: usize) {
        self.top().note(name, kind, offset);
    }

    /// Notes a read that happens at a time of its own, if at all, as that of an annotation.
    pub(crate) fn note_aside(&mut self, name: &str, offset: usize) {
        let top = self.top();
        let guarded = top.guards > 0;
        top.scope.note(Use {
            guarded,
            is_aside: true,
            ..Use::new(name, UseKind::Read, offset)
        });
    }

    /// Notes that `:=` binds a name: not in a comprehension, but in what is around it.
    pub(crate) fn note_walrus(&mut self, name: &str, offset: usize) {
        self.block().note(name, UseKind::Bind, offset);
    }

    /// Returns the function that the place is in, seen through comprehensions; there is none in a class body.
    pub(crate) fn function(&mut self) -> Option<&mut Scope> {
        Some(&mut self.block().scope).filter(|scope| scope.kind == ScopeKind::Function)
    }

    /// Notes that the function waits here: not when a generator expression does, which is lazy and makes a generator
    /// that awaits, for others to wait for.
    pub(crate) fn note_await(&mut self, offset: usize, len: usize) {
        let is_lazy = self
            .comprehensions()
            .any(|(kind, _)| kind == ScopeKind::Generator);
        if !is_lazy && let Some(function) = self.function() {
            function.awaits.get_or_insert((offset, len));
        }
    }

    /// The innermost scope that is no comprehension.
    #[expect(
        clippy::expect_used,
        reason = "the outermost scope stays, and is that of a function or a module"
    )]
    fn block(&mut self) -> &mut Frame {
        let mut frames = self.frames.iter_mut().rev();
        let block = frames.find(|frame| !frame.scope.kind.is_comprehension());
        block.expect("the outermost scope is no comprehension")
    }

    /// Returns kind and asynchrony of the open scopes, from within.
    fn kinds(&self) -> impl Iterator<Item = (ScopeKind, bool)> {
        self.frames
            .iter()
            .rev()
            .map(|frame| (frame.scope.kind, frame.scope.is_async))
    }

    /// Returns the comprehensions around the place, from within, up to the first function or class.
    pub(crate) fn comprehensions(&self) -> impl Iterator<Item = (ScopeKind, bool)> {
        self.kinds().take_while(|(kind, _)| kind.is_comprehension())
    }

    pub(crate) fn innermost(&self) -> ScopeKind {
        self.kinds()
            .next()
            .map_or(ScopeKind::Function, |(kind, _)| kind)
    }

    /// Returns the innermost scope that is no comprehension.
    pub(crate) fn outside_comprehensions(&self) -> (ScopeKind, bool) {
        self.kinds()
            .find(|(kind, _)| !kind.is_comprehension())
            .unwrap_or((ScopeKind::Function, false))
    }
}
