//! What the compiler says to users of gears: see `tests/ui.rs`.
