//! Large values.

use gears_runtime::{Result, gear_command};
use gears_tests::TestServer;

const SIZE: usize = 64 << 20;

#[gear_command]
fn large_there_and_back(value: Vec<u8>) -> Result<Vec<u8>> {
    r#"
    assert len(value) == 64 << 20
    return value
    "#
}

#[gear_command(mode = "sync")]
fn large_text(size: usize) -> Result<String> {
    r#"return "é" * size"#
}

#[test]
fn sixty_four_megabytes_go_there_and_back() {
    let server = TestServer::start();
    let gears = server.register(&[&large_there_and_back::GEAR, &large_text::GEAR]);
    let mut large: Vec<u8> = (0..SIZE).map(|index| (index % 251) as u8).collect();
    large[SIZE - 1] = 0;
    let back = large_there_and_back::on(&gears)
        .call(large.clone())
        .unwrap();
    assert!(back == large, "{} bytes came back", back.len());
    let text = large_text::on(&gears).call(SIZE / 2).unwrap();
    assert_eq!(text.len(), SIZE);
}
