//! Compiles small programs and compares what the compiler says with what was recorded.
//!
//! `tests/pass` holds programs that compile, strange as they are; `tests/ui` holds families of mistakes, one per file,
//! each with its message beside it. After a change of a message, `TRYBUILD=overwrite` records the new ones: read them
//! before you commit them.

#[test]
fn compiler_messages() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/pass/*.rs");
    cases.compile_fail("tests/ui/*/*.rs");
}
