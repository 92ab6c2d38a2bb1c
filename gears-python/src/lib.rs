//! gears-python
