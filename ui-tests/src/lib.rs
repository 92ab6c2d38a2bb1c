//! gears-ui-tests
