//! What gears-engine tells in `INFO` beyond the replies of `RG.*`.
//!
//! The sections are `rg_gears`, `rg_functions`, `rg_executions` and `rg_unfinished`; a server without them, such
//! as RedisGears, tells nothing, and then nothing is shown in their place.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use gears_runtime::Gears;
use redis::{Connection, RedisResult};

use crate::{
    failure::{Code, Failure, Result},
    wire,
};

/// The sections that [`Load::read`] understands; servers before Redis 7 take one at a time.
const SECTIONS: [&str; 5] = [
    "rg_gears",
    "rg_functions",
    "rg_executions",
    "rg_unfinished",
    "keyspace",
];

/// How long a server may take to answer before it counts as lost.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// What `INFO` tells about one shard.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Load {
    /// By the registration's id.
    pub(crate) gears: HashMap<String, GearLoad>,
    /// Those of the server's own functions in Python, by name.
    pub(crate) functions: BTreeMap<String, FunctionLoad>,
    /// By the execution's id; `None` where the server does not tell.
    pub(crate) unfinished: Option<HashMap<String, RunLoad>>,
    /// How many keys there are where gears read them: in database 0.
    pub(crate) keys: u64,
    /// `None` where the server does not tell.
    pub(crate) workers: Option<Workers>,
    /// Why the server tells nothing: this user may not ask.
    pub(crate) refused: Option<String>,
}

/// How quick a gear is, and what it has to do.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct GearLoad {
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    pub(crate) waiting: u64,
    pub(crate) running: u64,
}

/// How quick one of the server's own functions is, and what came of its calls.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct FunctionLoad {
    pub(crate) calls: u64,
    pub(crate) failures: u64,
    pub(crate) killed: u64,
    pub(crate) total_usec: u64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

/// What an execution does that has not ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RunLoad {
    /// The id of its registration; `None` when a client runs it.
    pub(crate) registration: Option<String>,
    /// Since it began, or since it waits.
    pub(crate) age: Duration,
    /// How many records it has read, where it reads several.
    pub(crate) records: u64,
    /// Whether each key of the database is to be a record.
    pub(crate) reads_all_keys: bool,
}

/// The threads that run gears, and the queue before them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Workers {
    pub(crate) all: u64,
    pub(crate) busy: u64,
    pub(crate) waiting: u64,
    pub(crate) limit: u64,
}

/// Asks servers for it, each on a connection that is kept.
#[derive(Default)]
pub(crate) struct Asker {
    /// By shard; opened anew after an error.
    connections: HashMap<String, Connection>,
}

impl Asker {
    /// Asks a shard.
    ///
    /// # Errors
    ///
    /// It does not answer.
    pub(crate) fn ask(&mut self, id: &str, shard: &Gears) -> Result<Load> {
        let mut connection = match self.connections.remove(id) {
            Some(connection) => connection,
            None => wire::connect(shard, PATIENCE).map_err(|error| unreachable(&error))?,
        };
        let mut questions = redis::pipe();
        for section in SECTIONS {
            questions.cmd("INFO").arg(section);
        }
        let answers: RedisResult<Vec<String>> = questions.query(&mut connection);
        let load = match answers {
            Ok(answers) => Load::read(&answers.join("\n")),
            // Who may call gears and not ask for INFO sees what the other commands tell.
            Err(error) if wire::refuses(&error) => Load {
                refused: Some(wire::said(&error)),
                ..Load::default()
            },
            Err(error) => return Err(unreachable(&error)),
        };
        self.connections.insert(id.to_owned(), connection);
        Ok(load)
    }
}

fn unreachable(error: &redis::RedisError) -> Failure {
    Failure::new(Code::Connection, error.to_string())
}

impl Load {
    /// Reads the text of `INFO`.
    pub(crate) fn read(text: &str) -> Self {
        let mut load = Self::default();
        let mut section = "";
        let mut numbers = HashMap::new();
        for line in text.lines() {
            if let Some(title) = line.strip_prefix("# ") {
                section = title.trim_end();
                if section == "rg_unfinished" {
                    load.unfinished = Some(HashMap::new());
                }
                continue;
            }
            // Names of fields hold no colon, and begin with that of the module.
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            let name = name.strip_prefix("rg_").unwrap_or(name);
            match section {
                "rg_gears" => load.read_gear(&Values(value)),
                "rg_functions" => {
                    let function = FunctionLoad::read(&Values(value));
                    load.functions.insert(name.to_owned(), function);
                }
                "rg_unfinished" => load.read_run(name, &Values(value)),
                "Keyspace" if name == "db0" => load.keys = Values(value).number("keys"),
                "rg_executions" => {
                    numbers.insert(name, value.parse().unwrap_or(0));
                }
                _ => {}
            }
        }
        let number = |name| numbers.get(name).copied();
        load.workers = number("workers").map(|all| Workers {
            all,
            busy: number("workers_busy").unwrap_or(0),
            waiting: number("executions_waiting").unwrap_or(0),
            limit: number("queue_length_limit").unwrap_or(0),
        });
        load
    }

    fn read_gear(&mut self, values: &Values<'_>) {
        let Some(id) = values.text("id") else {
            return;
        };
        let load = GearLoad {
            p50: Duration::from_micros(values.number("p50_usec")),
            p99: Duration::from_micros(values.number("p99_usec")),
            waiting: values.number("waiting"),
            running: values.number("running"),
        };
        self.gears.insert(id.to_owned(), load);
    }

    fn read_run(&mut self, id: &str, values: &Values<'_>) {
        let run = RunLoad {
            registration: values.text("registration").map(str::to_owned),
            age: Duration::from_micros(values.number("usec")),
            records: values.number("records"),
            reads_all_keys: values.text("reads") == Some("all keys"),
        };
        let unfinished = self.unfinished.get_or_insert_default();
        unfinished.insert(id.to_owned(), run);
    }
}

impl FunctionLoad {
    fn read(values: &Values<'_>) -> Self {
        Self {
            calls: values.number("calls"),
            failures: values.number("failures"),
            killed: values.number("killed"),
            total_usec: values.number("total_usec"),
            p50: Duration::from_micros(values.number("p50_usec")),
            p99: Duration::from_micros(values.number("p99_usec")),
        }
    }

    /// Adds what another shard says; the slowest shard is what somebody has to know.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            failures: self.failures + other.failures,
            killed: self.killed + other.killed,
            total_usec: self.total_usec + other.total_usec,
            p50: self.p50.max(other.p50),
            p99: self.p99.max(other.p99),
        }
    }

    /// Returns how many calls went well.
    pub(crate) fn successes(self) -> u64 {
        self.calls.saturating_sub(self.failures)
    }

    /// Returns how long a call took, in milliseconds; nothing before there was one.
    pub(crate) fn average(self) -> Option<f64> {
        #[allow(clippy::cast_precision_loss, reason = "it is shown with a few digits")]
        let average = self.total_usec as f64 / self.calls as f64 / 1e3;
        (self.calls > 0).then_some(average)
    }
}

impl Workers {
    /// Counts those of another shard in.
    pub(crate) fn add(&mut self, other: Self) {
        self.all += other.all;
        self.busy += other.busy;
        self.waiting += other.waiting;
        self.limit += other.limit;
    }
}

/// The values of a line: `name=value,name=value`.
pub(crate) struct Values<'a>(pub(crate) &'a str);

impl<'a> Values<'a> {
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        let mut pairs = self.0.split(',').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    pub(crate) fn number(&self, name: &str) -> u64 {
        self.text(name)
            .and_then(|value| value.parse().ok())
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_read() {
        let load = Load::read(
            "# rg_gears\r\n\
             rg_a_b:id=0-1,calls=9,failures=1,p50_usec=79,p99_usec=2500,waiting=2,running=1\r\n\
             \r\n\
             # rg_functions\r\n\
             rg_price:calls=3,failures=1,killed=0,p50_usec=20,p99_usec=40,total_usec=70\r\n\
             # rg_executions\r\n\
             rg_executions_waiting:2\r\nrg_queue_length_limit:65536\r\nrg_workers:3\r\n\
             rg_workers_busy:1\r\n\
             # rg_unfinished\r\n\
             rg_0-7:registration=0-1,state=running,usec=1500000,records=9\r\n\
             rg_0-8:state=running,usec=0,records=2,reads=all keys\r\n\
             # Keyspace\r\n\
             db0:keys=12,expires=0,avg_ttl=0\r\ndb1:keys=99,expires=0,avg_ttl=0\r\n",
        );
        let gear = load.gears["0-1"];
        assert_eq!(gear.p50, Duration::from_micros(79));
        assert_eq!(gear.p99, Duration::from_micros(2500));
        assert_eq!((gear.waiting, gear.running), (2, 1));
        let price = load.functions["price"];
        assert_eq!((price.calls, price.failures), (3, 1));
        assert_eq!(price.p99, Duration::from_micros(40));
        let unfinished = load.unfinished.unwrap();
        assert_eq!(
            unfinished["0-7"],
            RunLoad {
                registration: Some("0-1".into()),
                age: Duration::from_millis(1500),
                records: 9,
                reads_all_keys: false,
            }
        );
        assert_eq!(unfinished["0-8"].registration, None);
        assert!(unfinished["0-8"].reads_all_keys);
        assert_eq!(load.keys, 12);
        let workers = load.workers.unwrap();
        assert_eq!((workers.all, workers.busy), (3, 1));
        assert_eq!((workers.waiting, workers.limit), (2, 65536));
    }

    #[test]
    fn servers_that_tell_nothing_tell_nothing() {
        assert_eq!(Load::read(""), Load::default());
        let none = Load::read("# rg_unfinished\r\n\r\n");
        assert_eq!(
            none.unfinished,
            Some(HashMap::new()),
            "it tells that there are none"
        );
        assert_eq!(
            Load::read("# rg_gears\r\nrg_a\r\nrg_b:x\r\n"),
            Load::default()
        );
    }
}
