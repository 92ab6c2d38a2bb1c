//! The pages that are made of the definitions.

use std::fs;

use crate::tool::Tool;

#[test]
fn page_of_the_command_line_is_up_to_date() {
    let made = Tool::nowhere().call(["reference"]).good();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../guide/pages/cli.md");
    assert!(
        fs::read_to_string(path).unwrap() == made,
        "guide/pages/cli.md is old: cargo run -p redis-gears-cli -- reference > guide/pages/cli.md"
    );
}

#[test]
fn every_command_has_a_manual_page() {
    let tool = Tool::nowhere();
    let page = tool.call(["man"]).good();
    assert!(page.contains(".TH gears 1"), "{page}");
    let written = tool.call(["man", "--folder", "pages"]).good();
    assert!(written.contains("gears-list.1"), "{written}");
    let page = fs::read_to_string(tool.folder().join("pages/gears-restore.1")).unwrap();
    assert!(page.contains("policy"), "{page}");
}
