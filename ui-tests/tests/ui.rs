//! Compiles small programs and compares what the compiler says with what was recorded.
//!
//! `tests/pass` holds programs that compile, strange as they are; `tests/ui` holds families of mistakes, one per file,
//! each with its message beside it. After a change of a message, `TRYBUILD=overwrite` records the new ones: read them
//! before you commit them.

#[test]
fn programs_that_compile() {
    trybuild::TestCases::new().pass("tests/pass/*.rs");
}

/// Apart from the others: mistakes alone are compiled all at once.
#[test]
fn compiler_messages() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}
