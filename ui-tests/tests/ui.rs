//! Compiles small programs and compares what the compiler says with what was recorded.
//!
//! `tests/ui` holds families of mistakes, one per file, each with its message beside it. After a change of a message,
//! `TRYBUILD=overwrite` records the new ones: read them before you commit them. `tests/pass` holds programs that
//! compile, strange as they are: those are tests by themselves, named in `Cargo.toml`, as trybuild would build all that
//! they depend on once more.

use std::{collections::BTreeSet, fs, path::Path};

/// The manifest names the programs, as cargo looks for none in folders.
#[test]
fn programs_that_compile_are_tests() {
    let house = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = fs::read_dir(house.join("tests/pass")).unwrap();
    let programs: BTreeSet<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let manifest = fs::read_to_string(house.join("Cargo.toml")).unwrap();
    let named: BTreeSet<String> = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("path = \"tests/pass/")?.strip_suffix('"'))
        .map(str::to_owned)
        .collect();
    assert_eq!(named, programs);
}

/// Mistakes alone are compiled all at once.
#[test]
fn compiler_messages() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}
