//! Values that are hard to bring to another shard, steps that wait there, and users who may not
//! do what they want there.

use gears_tests::{Client, TestCluster, ask};

use super::run_faults::all_is_well;
use super::runs::fill;

#[test]
fn texts_of_any_characters_cross_and_too_deep_a_list_is_an_error_of_its_record() {
    let cluster = TestCluster::start();
    for place in 0..3 {
        let texts = "GB('ShardsIDReader').flatmap(lambda r: ['\\ud800', 'a\\x00b', '\\x00', '', \
                     '\\udcff\\udc80', '\\U0001f600'])\
                     .repartition(lambda r: repr(r)).map(lambda r: ascii(r)).distinct().sort().run()";
        let answer = cluster.client(place).execute(texts);
        assert_eq!(
            answer,
            r#"[[$"''", $"'\\U0001f600'", $"'\\ud800'", $"'\\udcff\\udc80'", $"'\\x00'", $"'a\\x00b'"], []]"#
        );
        let lists = "def deep(n):\n    \
                         one = 'end'\n    \
                         for _ in range(n): one = [one]\n    \
                         return one\n\
                     def depth(one):\n    \
                         return 1 + depth(one[0]) if isinstance(one, list) else 0\n\
                     GB('ShardsIDReader').flatmap(lambda r: [deep(900), deep(2000), deep(3)])\
                     .collect().map(lambda r: isinstance(r, list)).count().run()";
        let answer = cluster.client(place).execute(lists);
        // Those of the shard itself do not cross.
        assert!(answer.starts_with(r#"[[$"7"], ["#), "{answer}");
        assert_eq!(
            answer.matches("unmarshallable object").count(),
            2,
            "{answer}"
        );
    }
}

#[test]
fn coroutines_and_futures_run_behind_repartition_on_all_shards() {
    let cluster = TestCluster::start();
    fill(&cluster, 10);
    let script = "import asyncio\n\
                  async def awaited(r):\n    \
                      await asyncio.sleep(0.001)\n    \
                      return int(r['value'])\n\
                  def finish(future, value):\n    \
                      future.continueRun(value + 1)\n\
                  def later(value):\n    \
                      future = gearsFuture()\n    \
                      Thread(target=finish, args=(future, value)).start()\n    \
                      return future\n\
                  GB().map(awaited).repartition(lambda v: '{%d}' % v).map(later)\
                  .collect().aggregate(0, lambda a, v: a + v, lambda a, v: a + v).run('k:*')";
    for place in 0..3 {
        assert_eq!(cluster.client(place).execute(script), r#"[[$"165"], []]"#);
    }
    let failing = "def fail(future, key): future.continueFailed('no ' + key)\n\
                   def later(r):\n    \
                       future = gearsFuture()\n    \
                       Thread(target=fail, args=(future, r['key'])).start()\n    \
                       return future\n\
                   GB().repartition(lambda r: r['key']).map(later).count().run('k:*')";
    let answer = cluster.client(1).execute(failing);
    assert!(answer.starts_with("[[], ["), "{answer}");
    assert_eq!(answer.matches("no k:").count(), 30, "{answer}");
    all_is_well(&cluster, &[0, 1, 2]);
}

#[test]
fn a_user_who_may_not_write_is_told_so_by_every_shard() {
    let cluster = TestCluster::start();
    fill(&cluster, 1);
    for place in 0..3 {
        let words = ["on", ">pass", "~*", "&*", "+@all", "-set"];
        let words = ["ACL", "SETUSER", "ada"].iter().chain(&words);
        let words: Vec<&[u8]> = words.map(|word| word.as_bytes()).collect();
        assert_eq!(cluster.client(place).ask(&words), "+OK");
    }
    let write = "GB().foreach(lambda r: execute('SET', r['key'], 'written')).count().run('k:*')";
    for place in 0..3 {
        let url = cluster
            .server(place)
            .url()
            .replacen("://", "://ada:pass@", 1);
        let answer = Client::connect(&url).execute(write);
        assert!(answer.starts_with("[[], ["), "{answer}");
        assert_eq!(answer.matches("NOPERM").count(), 3, "{answer}");
    }
    for place in 0..3 {
        let key = format!("k:0:{{{}}}", cluster.key_at(place, "tag"));
        assert_eq!(ask!(cluster.client(place), "GET", key), r#"$"0""#);
    }
    assert_eq!(cluster.client(0).execute(write), r#"[[$"3"], []]"#);
}
