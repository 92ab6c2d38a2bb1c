//! Section 2.5, the cache command: listings 19 to 24.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use gears_runtime::{Gears, Result, gear_command};

use crate::function::stage::Stage;

/// Listings 21 and 22: the function, as a command.
///
/// The manual fetches with the package `requests`, which needs a network to be installed; the
/// example `cache_get` does so, too.
#[gear_command(trigger = "manual.cache_get", replace = false)]
fn manual_cache_get(url: &str) -> Result<Vec<u8>> {
    r#"
    from urllib.request import urlopen

    # Check if the url is already in the cache,
    # and if so, simply return the cached result.
    if cmd.exists(url):
        return cmd.get(url)

    # Otherwise fetch the url; return nothing if that fails.
    response = urlopen(url, timeout=10)
    if response.status != 200:
        return b""

    # If ok, set the cache data and return.
    data = response.read()
    cmd.set(url, data)
    return data
    "#
}

/// A web site of two pages, on the loopback, that counts its visits.
fn open_site() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let visits = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&visits);
    // Ends with the process, as it waits for a next visit.
    thread::spawn(move || {
        for visitor in listener.incoming() {
            let mut visitor = visitor.unwrap();
            let mut request = [0; 1024];
            let length = visitor.read(&mut request).unwrap();
            let path = String::from_utf8_lossy(&request[..length]);
            let page = format!("page{}", path.split(' ').nth(1).unwrap());
            counter.fetch_add(1, Ordering::SeqCst);
            write!(
                visitor,
                "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{page}",
                page.len()
            )
            .unwrap();
        }
    });
    (url, visits)
}

/// Listing 23: gets all pages.
fn get_em_all(gears: &Gears, urls: &[String]) -> Vec<Vec<u8>> {
    let cache_get = manual_cache_get::on(gears);
    urls.iter()
        .map(|url| cache_get.call(url).unwrap())
        .collect()
}

/// Listing 24: takes all registrations and executions out, and all keys.
fn cleanup(stage: &Stage) -> bool {
    let gears = &stage.gears;
    for registration in gears.dump_registrations().unwrap() {
        gears.unregister(registration).unwrap();
    }
    for execution in gears.dump_executions().unwrap() {
        gears.drop_execution(execution.id).unwrap();
    }
    stage.tell("FLUSHALL", &[]);
    stage.ask::<i64>("DBSIZE", &[]) == 0
}

#[test]
fn listings_19_to_24_simple_caching_command() {
    // Listing 20: the connection as usual.
    let stage = Stage::private();
    let gears = stage.server.register(&[&manual_cache_get::GEAR]);
    let (site, visits) = open_site();
    let urls = [format!("{site}/one"), format!("{site}/two")];
    let pages = [b"page/one".to_vec(), b"page/two".to_vec()];
    assert_eq!(get_em_all(&gears, &urls), pages);
    assert_eq!(visits.load(Ordering::SeqCst), 2);
    // They are in the cache now: nobody asks the site again.
    assert_eq!(get_em_all(&gears, &urls), pages);
    assert_eq!(visits.load(Ordering::SeqCst), 2);
    // Any client can call it.
    let reply: Vec<Vec<u8>> = stage.ask("RG.TRIGGER", &["manual.cache_get", &urls[0]]);
    assert_eq!(reply, [b"page/one"]);
    assert!(cleanup(&stage));
    assert!(gears.dump_registrations().unwrap().is_empty());
}
