def look(_):
    import json
    import os
    import socket
    import subprocess
    import sys
    from urllib.parse import urlsplit

    found = {}

    def pip(*words):
        command = [sys.executable, '-m', 'pip', '--disable-pip-version-check', *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)

    try:
        answer = pip('--version')
        if answer.returncode:
            found['pipError'] = answer.stderr.strip() or 'exit code %d' % answer.returncode
        else:
            found['pip'] = answer.stdout.split(' from ')[0].strip()
    except (OSError, subprocess.SubprocessError) as error:
        found['pipError'] = str(error)

    # Nothing is installed before it is wanted: it is the nearest folder that has to be writable.
    folder = configGet('PythonInstallationDir') or os.getcwd()
    folder = os.path.abspath(folder.decode() if isinstance(folder, bytes) else folder)
    found['folder'] = folder
    there = folder
    while not os.path.exists(there):
        there = os.path.dirname(there)
    found['writable'] = os.path.isdir(there) and os.access(there, os.W_OK | os.X_OK)

    words = configGet('PipArguments') or ''
    words = (words.decode() if isinstance(words, bytes) else words).replace('=', ' ').split()
    if '--no-index' in words or os.environ.get('PIP_NO_INDEX', '0') not in ('', '0', 'false', 'no', 'off'):
        found['index'] = None
    else:
        index = 'https://pypi.org/simple'
        try:
            asked = pip('config', 'get', 'global.index-url')
            if 'pipError' not in found and not asked.returncode and asked.stdout.strip():
                index = asked.stdout.strip()
        except (OSError, subprocess.SubprocessError):
            pass
        index = os.environ.get('PIP_INDEX_URL', index)
        for name, value in zip(words, words[1:]):
            if name in ('-i', '--index-url'):
                index = value
        parts = urlsplit(index)
        port = parts.port or (80 if parts.scheme == 'http' else 443)
        found['index'] = '%s:%d' % (parts.hostname, port)
        # Through a proxy, only the proxy knows.
        if not any(os.environ.get(name) for name in ('https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'PIP_PROXY')):
            try:
                socket.create_connection((parts.hostname, port), timeout=3).close()
            except OSError as error:
                found['indexError'] = str(error)
    return json.dumps(found)


GB('ShardsIDReader').map(look).run()
