//! gears-macros
