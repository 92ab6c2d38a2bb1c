//! Functions that are built in Rust and run once, over a whole cluster.

use std::time::Duration;

use gears_runtime::function::{KeysOnlyReader, KeysReader, Order, PythonReader, ShardsIdReader};
use gears_runtime::{ErrorKind, Gears, Script, py};
use gears_tests::{CountedFront, Mask, StandIn, TestCluster, ask, until};

const PATIENCE: Duration = Duration::from_secs(30);

/// Puts keys on each shard, whose values are the numbers from 0 on.
fn fill(cluster: &TestCluster, count: usize) {
    for place in 0..3 {
        let mut client = cluster.client(place);
        let tag = cluster.key_at(place, "tag");
        for number in 0..count {
            let key = format!("n:{number}:{{{tag}}}");
            assert_eq!(ask!(client, "SET", key, number.to_string()), "+OK");
        }
    }
}

#[test]
fn a_run_is_over_all_shards_and_says_over_how_many() {
    let mut cluster = TestCluster::start();
    fill(&cluster, 4);
    let gears = cluster.gears(0);
    let count = KeysReader::new("n:*").count().run();
    for shard in gears.shards().unwrap().values() {
        let came = count.on(shard).unwrap();
        assert_eq!((came.shards(), came.results()), (Some(3), &[12][..]));
    }
    let came = count.on(&gears).unwrap();
    assert_eq!((came.shards(), came.results()), (Some(3), &[12][..]));
    // It stays with what is made of the results.
    assert_eq!(came.map(|count| count * 2).shards(), Some(3));
    let began = count.spawn_on(&gears).unwrap();
    assert_eq!(began.wait(PATIENCE).unwrap().shards(), Some(3));
    assert_eq!(began.results().unwrap().shards(), Some(3));

    let here = KeysReader::new("n:*").count().run().local();
    let came = here.on(&gears).unwrap();
    assert_eq!((came.shards(), came.results()), (Some(1), &[4][..]));
    // A text may do anything.
    let script = Script::from_source("GB().count().run('n:*', mode='async_local')");
    let came = gears.execute(&script.returning::<i64>()).unwrap();
    assert_eq!((came.shards(), came.results()), (None, &[4][..]));

    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let came = count.on_async(&gears).await.unwrap();
        assert_eq!((came.shards(), came.results()), (Some(3), &[12][..]));
        let script = count.script().unwrap();
        let began = gears.aio().spawn(&script).await.unwrap();
        let came = began.wait(PATIENCE).await.unwrap();
        assert_eq!((came.shards(), came.results()), (Some(3), &[12][..]));
        let came = here.on_async(&gears).await.unwrap();
        assert_eq!((came.shards(), came.results()), (Some(1), &[4][..]));
    });

    // A shard without slots takes part, and no client has heard of it.
    cluster.join();
    let shards = ShardsIdReader::new().count().run();
    until("the new shard to take part", || {
        let came = shards.on(&gears).ok()?;
        let taking_part = i64::try_from(came.shards()?).unwrap();
        assert_eq!(came.results(), [taking_part]);
        (taking_part == 4).then_some(())
    });
}

#[test]
fn a_limit_is_of_all_shards_together() {
    let cluster = TestCluster::start();
    fill(&cluster, 10);
    let numbers = KeysReader::new("n:*")
        .values()
        .map(py!("int"))
        .declare::<i64>();
    for place in 0..3 {
        let gears = cluster.gears(place);
        let lengths = |count| {
            numbers
                .limit(count)
                .run()
                .on(&gears)
                .unwrap()
                .into_results()
                .len()
        };
        assert_eq!(
            [lengths(0), lengths(1), lengths(7), lengths(100)],
            [0, 1, 7, 30]
        );
        let count = numbers.limit(7).count().run().on(&gears).unwrap();
        assert_eq!(count.into_one().unwrap(), 7);
        let page = numbers.sort(Order::Ascending).limit_from(4, 5).run();
        assert_eq!(page.on(&gears).unwrap().into_results(), [1, 1, 2, 2, 2]);
        assert_eq!(
            numbers
                .limit_from(28, 5)
                .run()
                .on(&gears)
                .unwrap()
                .results()
                .len(),
            2
        );
        let of_each = numbers.limit_per_shard(2).run().on(&gears).unwrap();
        assert_eq!(of_each.results().len(), 6);

        let keys = KeysOnlyReader::new("n:*")
            .limit(4)
            .run()
            .on(&gears)
            .unwrap();
        assert_eq!((keys.results().len(), keys.shards()), (4, Some(3)));
        // Each shard brings these, in a form of their own: they cannot be told from nothing.
        let none = PythonReader::new(py!("lambda: [None] * 5")).limit(6).run();
        assert_eq!(none.on(&gears).unwrap().results().len(), 6);
    }
}

#[test]
fn a_method_of_cmd_is_a_function_on_every_shard() {
    let cluster = TestCluster::start();
    fill(&cluster, 3);
    let gears = cluster.gears(2);
    let gone = KeysOnlyReader::new("n:*")
        .for_each(py!("cmd.delete"))
        .count();
    assert_eq!(gone.run().on(&gears).unwrap().into_one().unwrap(), 9);
    for place in 0..3 {
        assert_eq!(ask!(cluster.client(place), "DBSIZE"), ":0");
    }
    // It is stored with what is registered, too.
    let counted = KeysReader::new("source:*").keys().for_each(py!("cmd.incr"));
    let counting = counted.register().prefix("source:*").events(["del"]);
    counting.on(&gears).unwrap();
    let key = cluster.key_at(0, "source");
    let mut client = cluster.client(0);
    ask!(client, "SET", &key, "1");
    ask!(client, "DEL", &key);
    until("the event", || {
        (ask!(client, "GET", &key) == r#"$"1""#).then_some(())
    });
}

#[test]
fn asking_how_many_shards_there_are_costs_no_round_trip() {
    let cluster = TestCluster::of(1);
    let front = CountedFront::open(&cluster.url(0));
    // The cluster of one says that it is to be found there.
    let port = front
        .url()
        .trim_end_matches('/')
        .rsplit_once(':')
        .unwrap()
        .1
        .to_owned();
    let announced = ask!(
        cluster.client(0),
        "CONFIG",
        "SET",
        "cluster-announce-port",
        port
    );
    assert_eq!(announced, "+OK");
    if !ask!(cluster.client(0), "CLUSTER", "SLOTS").contains(&format!(":{port}")) {
        return; // Redis before 7 says so of itself from its next start on.
    }
    let gears = Gears::connect(front.url()).unwrap();
    let count = KeysReader::new("*").count().run();
    assert_eq!(count.on(&gears).unwrap().shards(), Some(1));
    front.take();
    assert_eq!(count.on(&gears).unwrap().shards(), Some(1));
    assert_eq!(front.take(), 1);
}

#[test]
fn an_engine_that_knows_no_other_shards_is_not_asked_for_all_of_them() {
    let cluster = TestCluster::start();
    fill(&cluster, 2);
    let mask = Mask::of_lone_engine(&cluster.url(0));
    let gears = Gears::connect(mask.url()).unwrap();
    assert!(gears.is_cluster().unwrap());
    let count = KeysReader::new("n:*").count();
    let error = count.run().on(&gears).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let said = error.to_string();
    assert!(
        said.contains("over all shards") && said.contains(".local()"),
        "{said}"
    );
    assert!(said.contains(file!()), "{said}");
    assert!(
        count
            .run()
            .spawn_on(&gears)
            .unwrap_err()
            .unsupported()
            .is_some()
    );
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let error = count.run().on_async(&gears).await.unwrap_err();
        assert_eq!(error.to_string(), said);
    });

    let came = count.run().local().on(&gears).unwrap();
    assert_eq!((came.shards(), came.results()), (Some(1), &[2][..]));
}

#[test]
fn redisgears_is_asked_first_whether_it_knows_its_cluster() {
    let server = StandIn::start_in_cluster(10213);
    let gears = Gears::connect(server.url()).unwrap();
    let count = KeysReader::new("*").count().run();
    let asked = || {
        let asked = server.asked().into_iter();
        let names = asked.filter_map(|command| command.split(' ').next().map(str::to_owned));
        names
            .filter(|name| name.starts_with("RG."))
            .collect::<Vec<_>>()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let errors = [
        count.on(&gears).unwrap_err(),
        count.spawn_on(&gears).unwrap_err(),
        runtime.block_on(count.on_async(&gears)).unwrap_err(),
    ];
    for error in errors {
        let lack = error.unsupported().unwrap();
        assert_eq!(
            lack.server(),
            "RedisGears 1.2.13 that knows no other shards"
        );
        assert!(error.to_string().contains("refresh_cluster()"), "{error}");
    }
    assert!(!asked().contains(&"RG.PYEXECUTE".to_owned()));
    count.clone().local().on(&gears).unwrap();
    assert_eq!(asked(), ["RG.PYEXECUTE"]);

    gears.refresh_cluster().unwrap();
    server.asked();
    count.on(&gears).unwrap();
    assert_eq!(asked(), ["RG.INFOCLUSTER", "RG.PYEXECUTE"]);
    runtime.block_on(count.on_async(&gears)).unwrap();
    assert_eq!(asked(), ["RG.INFOCLUSTER", "RG.PYEXECUTE"]);
}
