"""The functions that the load calls: one for each way in which a service has functions run."""

import json


def register(trigger, function, mode='sync', **settings):
    GB('CommandReader').map(function).register(
        trigger=trigger, mode=mode, convertToStr=False, **settings
    )


def register_typed(trigger, takes, returns):
    """Registers what the attribute of a Rust function makes of it: a gear that returns what it takes."""

    def body(value):
        return value

    def call(record):
        return [body(record[1])]

    call.gears_types = (body, {'value': takes}, returns)
    GB('CommandReader').flatmap(call).register(
        trigger=trigger, mode='sync', convertToStr=False
    )


async def waits(record):
    return record[1]


def atomically(record):
    with atomic():
        execute('INCR', record[1])
        return execute('GET', record[1])


register('echo', lambda record: record[1])
register('read', lambda record: execute('GET', record[1]))
register('write', lambda record: execute('SET', record[1], record[2]))
register('list', lambda record: execute('LRANGE', record[1], '0', '-1'))
register('hash', lambda record: execute('HGETALL', record[1]))
register('atomic', atomically, mode='async_local')
register('json', lambda record: json.dumps(json.loads(record[1])))
register('fails', lambda record: record[1].no_such_name)
register('async', waits, mode='async_local')
register('worker', lambda record: record[1], mode='async_local')
register('worker_read', lambda record: execute('GET', record[1]), mode='async_local')
register('shards', lambda record: record[1], mode='async')


for name in ('str', 'int', 'float', 'bool', 'bytes', 'JSON'):
    register_typed('typed_' + name, name, name)


def on_events(prefix, function, mode='sync', **settings):
    GB('KeysReader').foreach(function).register(prefix=prefix, mode=mode, **settings)


on_events('seen:*', lambda record: None)
on_events('counted:*', lambda record: execute('INCR', 'count'))
on_events('valued:*', lambda record: record['value'])
on_events('later:*', lambda record: record['key'], mode='async_local')

GB('StreamReader').foreach(lambda record: record['value']).register(
    prefix='stream:*', mode='async_local', batch=16
)
