//! What users of RedisGears have: packages from PyPI and clients, as they come, on real servers and databases.

mod database;
mod redgrease;
mod rgsync;
mod shelf;
