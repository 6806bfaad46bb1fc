"""The page at / of the admin address, in Chromium: five states, each on a wide and on a narrow screen.

$UNGHOST_SCREENSHOTS: a folder that pictures of all are written to, as docs/page has them.
"""

import html
import os
import re
import subprocess
import urllib.request
from pathlib import Path

import testbed
from scene import SCHEMA, Scene
from testbed import check, wait_until

WIDTHS = {'wide': 1200, 'narrow': 400}
# The page in a frame, as no window of Chromium's is narrower than 500: how wide is what is in it?
FRAME = """<!doctype html><title>not loaded</title><body style="margin:0">
<iframe id="frame" style="border:0;display:block" width="{width}" height="{height}" srcdoc="{page}"></iframe>
<script>
onload = () => {{
  const page = frame.contentDocument;
  // What a box of its own cuts off or scrolls does not make the page wider: each element is asked.
  const edges = [...page.body.querySelectorAll('*')].map(one => Math.round(one.getBoundingClientRect().right));
  document.title = Math.max(page.documentElement.scrollWidth, ...edges) + ' of ' + frame.clientWidth;
}};
</script>
"""


def chromium(*arguments):
    done = subprocess.run(['chromium', '--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', *map(str, arguments)],
                          capture_output=True, text=True, timeout=120)
    check(done.returncode == 0, f'chromium ended with {done.returncode}: {done.stderr[-500:]}')
    return done.stdout


def text_of(page):
    """What a reader sees: without tags, style and script."""
    page = re.sub(r'<(style|script|title)\b.*?</\1>', ' ', page, flags=re.S)
    return html.unescape(re.sub(r'\s+', ' ', re.sub(r'<[^>]*>', ' ', page)))


class Page:
    def __init__(self, scene):
        self.scene = scene
        self.url = 'http://{}/'.format(re.search(r'http://([0-9.:]+)/', scene.unghost.log()).group(1))

    def plain(self):
        """Without a script."""
        with urllib.request.urlopen(self.url, timeout=30) as answer:
            return answer.read().decode()

    def look(self, state, *words):
        """Each of the words is on the page, with and without a script, and nothing is wider than the screen."""
        plain = self.plain()
        seen = text_of(plain)
        for word in words:
            check(word in seen, f'{state}: "{word}" is not on the page: {seen}')
        live = chromium('--virtual-time-budget=7000', '--dump-dom', self.url)
        check('Live: updated' in live, f'{state}: the script did not fetch the page again')
        for word in words:
            check(word in text_of(live), f'{state}: "{word}" is not on the page that was fetched again: {text_of(live)}')
        for name, width in WIDTHS.items():
            self.measure(state, name, width, re.sub(r'<script>.*?</script>', '', plain, flags=re.S))

    def measure(self, state, name, width, page):
        frame = self.scene.folder / 'frame.html'
        height = 1100 if name == 'wide' else 1900
        frame.write_text(FRAME.format(width=width, height=height, page=html.escape(page)))
        title = re.search(r'<title>(\d+) of (\d+)', chromium('--dump-dom', frame.as_uri()))
        check(title and int(title[2]) == width and int(title[1]) <= width, f'{state}, {name}: {title and title[0]}')
        if folder := os.environ.get('UNGHOST_SCREENSHOTS'):
            picture = Path(folder).resolve() / f'{state}-{name}.png'
            picture.parent.mkdir(parents=True, exist_ok=True)
            chromium(f'--window-size={width},{height}', f'--screenshot={picture}', frame.as_uri())
            check(picture.stat().st_size > 5000, f'{picture} is empty')


def test_the_page_in_five_states(folder):
    scene = Scene(folder, '9.7', replica=False)
    page = Page(scene)
    wait_until('unghost pulls', lambda: scene.unghost.status()['source']['connected'])
    page.look('fresh', 'unghost serving', 'connected', 'Nobody reads the log.', 'None yet.')

    scene.replica = testbed.Server('9.7', folder / 'replica')
    scene.follow(scene.replica)
    scene.table('orders', rows=3000)
    scene.table('lines')
    writer = scene.writer('orders')
    writer.wait_for(30)
    testbed.gh_ost(scene.primary, '1.1.8', SCHEMA, 'lines', 'ADD COLUMN a int', wait=True)
    scene.wait_said(0, 'cut over', 'lines')
    # Two samples: a line of one point is not seen.
    wait_until('the curve begins', lambda: re.search(r'<polyline [^>]*points="[\d.,]+ [\d.,]+', page.plain()), 60)
    page.look('busy', 'unghost serving', scene.unghost.user, '127.0.0.1', f'{SCHEMA}.lines', 'cut over', 'Behind the source:', 'Kept 7 d')

    tool = testbed.gh_ost(scene.primary, '1.1.8', SCHEMA, 'orders', 'ADD COLUMN b int', wait=False, postpone=True)
    tool.wait_for_output('ostponing')
    wait_until('rows are counted', lambda: '<progress' in page.plain(), 60)
    page.look('folding', f'{SCHEMA}.orders', 'folding', 'rows copied', 'fold: ADD COLUMN')

    scene.primary.sql(f'ALTER TABLE {SCHEMA}.orders ADD KEY person (note)')
    scene.wait_said(0, 'disturbed')
    tool.postpone_flag.unlink()
    tool.succeed()
    stop = scene.wait_stopped()
    page.look('stopped', 'Publishing is stopped: disturbed_cut_over', f'unghost resume {stop} --pass', 'unghost stopped')
    scene.unghost.command('resume', stop, '--pass', '--yes')
    wait_until('publishing goes on', lambda: not scene.stop())
    writer.stop()

    scene.primary.kill9()
    wait_until('unghost lost the source', lambda: not scene.unghost.status()['source']['connected'])
    page.look('lost', 'not connected', f'{SCHEMA}.orders')
    scene.end()
