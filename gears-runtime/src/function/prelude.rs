//! The Python that generated scripts bring along, each piece only where it is needed.
//!
//! It runs on Python 3.7 and on genuine RedisGears. Names start with `_gear_`.

mod boxed;
mod read;

/// A piece of Python with a name.
pub(crate) struct Piece {
    name: &'static str,
    needs: &'static [&'static str],
    text: &'static str,
}

/// What steps and results need.
const OWN: &[Piece] = &[
    Piece {
        name: "_gear_show",
        needs: &[],
        text: "
def _gear_show(source, file, line):
    # Lends the lines to tracebacks: the file is not on the server.
    lines = source.split('\\n')
    entry = linecache.cache.get(file, ())
    shown = entry[2] if len(entry) == 4 and entry[1] is None else []
    shown.extend(['\\n'] * (line - 1 + len(lines) - len(shown)))
    shown[line - 1:line - 1 + len(lines)] = [text + '\\n' for text in lines]
    linecache.cache[file] = (sum(map(len, shown)), None, shown, file)
",
    },
    Piece {
        name: "_gear_python",
        needs: &["_gear_show"],
        text: "
def _gear_python(_gear_source, _gear_file, _gear_line, **values):
    # Compiled under its own file and line, so that tracebacks point into the source.
    _gear_show(_gear_source, _gear_file, _gear_line)
    lead = '\\n' if _gear_line > 1 else ''
    wrapped = '(lambda %s: (%s%s\\n))' % (', '.join(values), lead, _gear_source)
    tree = ast.parse(wrapped, _gear_file, 'eval')
    ast.increment_lineno(tree, _gear_line - 1 - len(lead))
    return eval(compile(tree, _gear_file, 'eval'), globals())(**values)
",
    },
    Piece {
        name: "_gear_function",
        needs: &["_gear_show"],
        text: "
def _gear_function(keyword, name, parameters, source, file, line):
    # Compiled under its own file and line, so that tracebacks point into the source.
    _gear_show(source, file, line)
    tree = ast.parse('\\n' * max(line - 2, 0) + '%s function(%s): pass' % (keyword, parameters))
    tree.body[0].name = name
    tree.body[0].body = ast.parse('\\n' * (line - 1) + source, file).body
    names = {}
    exec(compile(tree, file, 'exec'), globals(), names)
    if not hasattr(builtins, name):
        globals().setdefault(name, names[name])
    return names[name]
",
    },
    Piece {
        name: "_gear_callable",
        needs: &[],
        text: "
def _gear_callable(function):
    # Servers take functions only, no other callables.
    return lambda *arguments: function(*arguments)
",
    },
    Piece {
        name: "_gear_generate",
        needs: &[],
        text: "
def _gear_generate(function):
    # Servers call what is no generator again and again, for ever.
    def generate():
        yield from function()
    return generate
",
    },
    Piece {
        name: "_gear_then",
        needs: &[],
        text: "
def _gear_then(value, step):
    if not inspect.isawaitable(value):
        return step(value)
    async def later():
        return step(await value)
    return later()
",
    },
    Piece {
        name: "_gear_each",
        needs: &["_gear_then"],
        text: "
def _gear_listed(records):
    if isinstance(records, (str, bytes, bytearray, dict)) or not hasattr(records, '__iter__'):
        return [records]
    # Servers take a list from its end.
    return list(records)[::-1]
def _gear_each(function):
    return lambda record: _gear_then(function(record), _gear_listed)
",
    },
    Piece {
        name: "_gear_fold",
        needs: &["_gear_then"],
        text: "
def _gear_fold(zero, function, item=lambda record: record):
    # Totals are boxed: servers take falsy ones for none.
    def fold(total, record):
        total = copy.deepcopy(zero) if total is None else total[0]
        return _gear_then(function(total, item(record)), lambda total: [total])
    return fold
def _gear_unbox(total):
    return total[0]
",
    },
    Piece {
        name: "_gear_fold_by",
        needs: &["_gear_then"],
        text: "
def _gear_fold_by(zero, function, item=lambda record: record):
    # Totals are boxed: servers take falsy ones for none.
    def fold(key, total, record):
        total = copy.deepcopy(zero) if total is None else total[0]
        return _gear_then(function(key, total, item(record)), lambda total: [total])
    return fold
def _gear_unbox_group(group):
    return {'key': group['key'], 'value': group['value'][0]}
",
    },
    Piece {
        name: "_gear_sort",
        needs: &[],
        text: "
def _gear_append(records, record):
    records.append(record)
    return records
def _gear_sort(descending, key=None):
    # Servers take a list from its end.
    return lambda records: sorted(records, key=key, reverse=descending)[::-1]
",
    },
    Piece {
        name: "_gear_record",
        needs: &[],
        text: "
class _gear_record(dict):
    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name)
",
    },
    Piece {
        name: "_gear_whole",
        needs: &[],
        text: "
def _gear_whole(record):
    # Without their values, servers leave these out.
    return {'event': record.get('event'), 'key': record['key'], 'type': None, 'value': None}
",
    },
    Piece {
        name: "_gear_encode",
        needs: &[],
        text: "
def _gear_plain(value):
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if -2**63 <= value < 2**63 else {'$int': '%d' % value}
    if isinstance(value, float):
        return float(value) if value - value == 0 else {'$float': repr(float(value))}
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return {'$other': ['str', ascii(value)]}
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return {'$bytes': base64.b64encode(value).decode()}
    if isinstance(value, list):
        return [_gear_plain(item) for item in value]
    if isinstance(value, tuple):
        return {'$tuple': [_gear_plain(item) for item in value]}
    if isinstance(value, (set, frozenset)):
        return {'$set': [_gear_plain(item) for item in value]}
    if isinstance(value, dict):
        if all(isinstance(key, str) and key[:1] != '$' and key.isascii() for key in value):
            return {key: _gear_plain(item) for key, item in value.items()}
        return {'$dict': [[_gear_plain(key), _gear_plain(item)] for key, item in value.items()]}
    return {'$other': [type(value).__name__, ascii(value)]}
def _gear_encode(value):
    # Whatever the record is, it arrives as such: servers change what is no bytes.
    if value is None:
        return b'n'
    if isinstance(value, bool):
        return b't' if value else b'f'
    if isinstance(value, int):
        return b'i%d' % value
    if isinstance(value, float):
        return b'd' + repr(float(value)).encode()
    if isinstance(value, (bytes, bytearray)):
        return b'b' + value
    if isinstance(value, str):
        try:
            return b's' + value.encode()
        except UnicodeEncodeError:
            pass
    return b'j' + json.dumps(_gear_plain(value), separators=(',', ':')).encode()
",
    },
    Piece {
        name: "_gear_reply",
        needs: &["_gear_then"],
        text: "
def _gear_reply(value):
    # One result, natural for any client; `None` is no result.
    if value is None:
        return []
    if isinstance(value, str):
        return [value.encode()]
    if isinstance(value, (bytes, bytearray)):
        return [bytes(value)]
    if isinstance(value, int):
        return [int(value) if -2**63 <= value < 2**63 else b'%d' % value]
    if isinstance(value, float):
        return [repr(float(value)).encode()]
    return [json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(',', ':')).encode()]
",
    },
];

/// Every piece, in the order in which a script defines them.
fn every() -> impl Iterator<Item = &'static Piece> {
    OWN.iter().chain(boxed::PIECES).chain(read::PIECES)
}

/// The modules that the pieces use.
pub(crate) const IMPORTS: &str = "import ast, base64, builtins, copy, inspect, json, linecache\n";

/// Returns the pieces that are named, and those that they need.
pub(crate) fn pieces(named: &[&str]) -> impl Iterator<Item = &'static str> {
    let needed = |piece: &Piece| {
        named.contains(&piece.name)
            || every().any(|other| other.needs.contains(&piece.name) && named.contains(&other.name))
    };
    every()
        .filter(move |piece| needed(piece))
        .map(|piece| piece.text)
        .collect::<Vec<_>>()
        .into_iter()
}

/// Returns every piece.
#[cfg(test)]
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    every().map(|piece| piece.text)
}
