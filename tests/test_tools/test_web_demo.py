"""The web page in a real browser, and its errors without one."""

import builtins
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlparse

import cv2
import numpy as np
import pytest
from inference_model import picture, write_checkpoint
from PIL import Image

from tools import web_demo

ROOT = Path(__file__).resolve().parents[2]
BROWSER_FLAGS = ('--headless=new', '--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu',
                 '--window-size=1400,1100')


def test_without_gradio_it_says_what_to_install(monkeypatch):
    real_import = builtins.__import__

    def without_gradio(name, *args, **kwargs):
        if name == 'gradio':
            raise ImportError(name)
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, '__import__', without_gradio)
    with pytest.raises(ImportError, match=r"pip install 'spidepth_mm\[web\]'"):
        web_demo.build_page(None)


@pytest.fixture
def browser():
    """Debian's Chromium, or whatever selenium finds by the name chromedriver."""
    selenium = pytest.importorskip('selenium.webdriver', reason='selenium is not installed')
    from selenium.webdriver.chrome.service import Service
    driver = shutil.which('chromedriver')
    if not driver or not (shutil.which('chromium') or shutil.which('google-chrome')):
        pytest.skip('Chromium and its driver are not installed (apt install chromium-driver)')
    options = selenium.ChromeOptions()
    for flag in BROWSER_FLAGS:
        options.add_argument(flag)
    options.set_capability('goog:loggingPrefs', {'performance': 'ALL'})
    browser = selenium.Chrome(options=options, service=Service(driver))
    yield browser
    browser.quit()


@pytest.fixture
def page(tmp_path):
    """The address of the page, served by a process of its own."""
    pytest.importorskip('gradio', reason="gradio is not installed (the extra 'web')")
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    models = [write_checkpoint(tmp_path / f'{scale}.pth', scale_type=scale)
              for scale in ('stereo', 'unknown')]
    env = dict(os.environ, PYTHONPATH=str(ROOT), GRADIO_TEMP_DIR=str(tmp_path / 'gradio'))
    env.pop('GRADIO_ANALYTICS_ENABLED', None)
    server = subprocess.Popen(
        [sys.executable, str(ROOT / 'tools/web_demo.py'), *models, '--port', str(port),
         '--device', 'cpu'], cwd=ROOT, env=env)
    address = f'http://127.0.0.1:{port}'
    try:
        for _ in range(240):
            assert server.poll() is None, 'the page did not start'
            try:
                urllib.request.urlopen(address).close()
                break
            except OSError:
                time.sleep(0.25)
        yield address
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


def hosts_asked(browser):
    """Where the browser's requests went, but for its own pages and data in the page."""
    messages = [json.loads(entry['message'])['message'] for entry in
                browser.get_log('performance')]
    urls = [urlparse(m['params']['request']['url']) for m in messages
            if m['method'] == 'Network.requestWillBeSent']
    return {url.hostname for url in urls if url.scheme in ('http', 'https', 'ws', 'wss')}


@pytest.mark.slow
def test_in_a_browser(browser, page, tmp_path):
    """Upload, choose a model, look, download; then a file that is no image."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait
    wait = WebDriverWait(browser, 60)

    def all_of(selector):
        return browser.find_elements(By.CSS_SELECTOR, selector)

    def about():
        return browser.find_element(By.CSS_SELECTOR, '#about textarea').get_attribute('value')

    def upload(path):
        wait.until(lambda _: all_of('#image input[type=file]'))[0].send_keys(str(path))
        wait.until(lambda _: all_of('#image img'))

    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA405] = 35
    Image.fromarray(picture(48, 80)).save(tmp_path / 'ümläut.jpg', exif=exif)
    browser.get(page)
    upload(tmp_path / 'ümläut.jpg')
    all_of('#predict')[0].click()
    wait.until(lambda _: all_of('#ply a') and all_of('#depth_png a'))
    assert 'learned from a stereo baseline' in about()
    # The file reached the model with its EXIF data.
    assert 'from the focal length in the EXIF data' in about()

    with urllib.request.urlopen(all_of('#depth_png a')[0].get_attribute('href')) as answer:
        depth = cv2.imdecode(np.frombuffer(answer.read(), np.uint8), cv2.IMREAD_UNCHANGED)
    assert (depth.dtype, depth.shape) == (np.uint16, (48, 80))
    with urllib.request.urlopen(all_of('#ply a')[0].get_attribute('href')) as answer:
        assert answer.read().startswith(b'ply\nformat binary_little_endian')
    # The picture is there and has colours: the map's bright yellow and dark violet.
    wait.until(lambda _: all_of('#picture img'))
    with urllib.request.urlopen(all_of('#picture img')[0].get_attribute('src')) as answer:
        shown = cv2.imdecode(np.frombuffer(answer.read(), np.uint8), cv2.IMREAD_COLOR)
    assert shown.shape[1] > 2 * 80
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) > 100

    all_of('#model input')[0].click()
    next(option for option in wait.until(lambda _: all_of('[role=option]'))
         if 'unknown' in option.text).click()
    all_of('#predict')[0].click()
    wait.until(lambda _: 'Depth is relative' in about())

    browser.refresh()
    wait.until(lambda _: all_of('#predict'))[0].click()
    wait.until(lambda _: 'Choose an image first' in browser.page_source)
    assert hosts_asked(browser) == {'127.0.0.1'}
