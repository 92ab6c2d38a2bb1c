//! A web cache as a new command of Redis, and what it saves.
//!
//! `cache_get` returns the page at a URL. The first time it fetches the page, with the Python
//! package `requests`; after that it finds the page in Redis. Any client can call it:
//! `redis-cli RG.TRIGGER cache_get http://example.org`.
//!
//! The pages come from a slow little web server that this example starts on the loopback.

mod server;

use std::error::Error;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gears_runtime::{Result, gear_command, register_all, unregister_all};

/// Returns the page at `url`, from the cache in Redis when it is there.
#[gear_command(requirements = ["requests"])]
fn cache_get(url: &str) -> Result<Vec<u8>> {
    r#"
    import requests

    if cmd.exists(url):
        return cmd.get(url)
    response = requests.get(url, timeout=10)
    if response.status_code != 200:
        return b""
    cmd.set(url, response.content)
    return response.content
    "#
}

/// Takes pages out of the cache again and says how many were there.
#[gear_command]
fn cache_forget(urls: &[String]) -> Result<usize> {
    "return cmd.delete(*urls)"
}

const PAGES: usize = 5;
const PAGE_SIZE: usize = 1 << 20;
const SLOWNESS: Duration = Duration::from_millis(50);

fn main() -> Result<(), Box<dyn Error>> {
    let server = server::Server::find()?;
    let gears = server.connect()?;
    println!("{}", register_all(&gears)?);

    let website = Website::open()?;
    let urls: Vec<String> = (0..PAGES).map(|page| website.url(page)).collect();
    let expected: Vec<Vec<u8>> = (0..PAGES).map(page_content).collect();

    let (pages, miss) = get_them_all(&urls)?;
    println!("cache miss: {PAGES} pages of 1 MB in {miss:.1?}");
    assert!(pages == expected);
    assert_eq!(website.visits(), PAGES);

    let (pages, hit) = get_them_all(&urls)?;
    println!("cache hit:  {PAGES} pages of 1 MB in {hit:.1?}");
    assert!(pages == expected);
    assert_eq!(website.visits(), PAGES, "nobody asked the website again");

    let ratio = miss.as_secs_f64() / hit.as_secs_f64();
    println!("that is {ratio:.0} times faster");
    assert!(ratio > 1.0);

    // A page that is not there is not cached.
    assert!(cache_get(&website.url(PAGES))?.is_empty());
    assert_eq!(cache_forget(&urls)?, PAGES);
    unregister_all(&gears)?;
    Ok(())
}

/// Gets all pages, and the time that it took.
fn get_them_all(urls: &[String]) -> Result<(Vec<Vec<u8>>, Duration)> {
    let start = Instant::now();
    // Looks like local calls; runs in the server.
    let pages = urls
        .iter()
        .map(|url| cache_get(url))
        .collect::<Result<_>>()?;
    Ok((pages, start.elapsed()))
}

/// Makes up a page that is no text, as an image would be.
fn page_content(page: usize) -> Vec<u8> {
    let seed = page as u8;
    (0..PAGE_SIZE)
        .map(|at| (at as u8).wrapping_mul(31) ^ seed)
        .collect()
}

/// A web server that takes its time.
struct Website {
    address: SocketAddr,
    visits: Arc<AtomicUsize>,
}

impl Website {
    fn open() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let visits = Arc::<AtomicUsize>::default();
        let counter = Arc::clone(&visits);
        // Ends with the program.
        thread::spawn(move || {
            for visitor in listener.incoming().flatten() {
                if let Err(error) = serve(visitor, &counter) {
                    eprintln!("the website lost a visitor: {error}");
                }
            }
        });
        Ok(Self { address, visits })
    }

    fn url(&self, page: usize) -> String {
        format!("http://{}/{page}", self.address)
    }

    fn visits(&self) -> usize {
        self.visits.load(Ordering::Relaxed)
    }
}

/// Answers one request, such as `GET /3 HTTP/1.1`.
fn serve(mut visitor: TcpStream, visits: &AtomicUsize) -> io::Result<()> {
    let mut lines = BufReader::new(visitor.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    thread::sleep(SLOWNESS);
    let path = request.split(' ').nth(1).unwrap_or_default();
    let page = path.trim_start_matches('/').parse().unwrap_or(PAGES);
    let (status, content) = if page < PAGES {
        visits.fetch_add(1, Ordering::Relaxed);
        ("200 OK", page_content(page))
    } else {
        ("404 Not Found", Vec::new())
    };
    let size = content.len();
    write!(
        visitor,
        "HTTP/1.1 {status}\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n"
    )?;
    visitor.write_all(&content)
}
