//! Every `RG.*` command, typed: on connections and on `Gears`, sync and async, and in pipelines.
//!
//! A story is written once and told four times. Where a server lacks a command, the story ends
//! well only if the error says so by name.

mod administration;
mod executions;
mod lacking;
mod pipelines;
mod recorded;
mod registrations;
mod triggers;

/// Writes four tests of one story; in it, `go!` sends a command and brings its result.
macro_rules! story {
    ($d:tt $go:ident $name:ident($server:ident, $client:ident) $body:block) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            #[test]
            fn on_a_connection() {
                use ::gears_runtime::GearsCommands as _;
                macro_rules! $go {
                                                            ($d call:expr) => { $d call };
                                                        }
                let $server = &$crate::commands::server();
                let client = ::redis::Client::open($server.url()).unwrap();
                let mut connection = client.get_connection().unwrap();
                let $client = &mut connection;
                $body
            }

            #[test]
            fn on_gears() {
                macro_rules! $go {
                                                            ($d call:expr) => { $d call };
                                                        }
                let $server = &$crate::commands::server();
                let gears = $server.gears();
                let $client = &gears;
                $body
            }

            #[tokio::test]
            async fn awaited_on_a_connection() {
                use ::gears_runtime::AsyncGearsCommands as _;
                macro_rules! $go {
                                                            ($d call:expr) => { $d call.await };
                                                        }
                let $server = &$crate::commands::server();
                let client = ::redis::Client::open($server.url()).unwrap();
                let config = ::redis::AsyncConnectionConfig::new()
                    .set_response_timeout(Some(::gears_tests::DEADLINE));
                let mut connection = client
                    .get_multiplexed_async_connection_with_config(&config)
                    .await
                    .unwrap();
                let $client = &mut connection;
                $body
            }

            #[tokio::test]
            async fn awaited_on_gears() {
                macro_rules! $go {
                                                            ($d call:expr) => { $d call.await };
                                                        }
                let $server = &$crate::commands::server();
                let gears = ::gears_runtime::Gears::connect_async($server.url())
                    .await
                    .unwrap()
                    .aio();
                let $client = &gears;
                $body
            }
        }
    };
}
pub(crate) use story;

/// A server whose pip looks nowhere but where it is told.
fn server() -> gears_tests::TestServer {
    if std::env::var("GEARS_URL").is_ok_and(|url| !url.is_empty()) {
        return gears_tests::TestServer::start();
    }
    gears_tests::TestServer::of(
        gears_runtime::embedded::Server::builder()
            .env("PIP_NO_INDEX", "1")
            .env("PIP_FIND_LINKS", "")
            .env("PIP_CONFIG_FILE", "/dev/null"),
    )
}
