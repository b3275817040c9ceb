"""A local web page for trying images: ``python tools/web_demo.py CHECKPOINT [CHECKPOINT ...]``.

Needs Gradio: pip install 'spidepth_mm[web]' (Python 3.10 or later). The page is served on this
machine only, unless --host says otherwise. Nothing is sent elsewhere.
"""

from __future__ import annotations

import argparse
import os

from spidepth_mm.apis.cli import friendly_errors, limit_noise

_HINT = "Gradio is missing. Install it with: pip install 'spidepth_mm[web]' (Python 3.10 or later)"


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        'models', nargs='+', help='checkpoints that carry their configs, configs or names')
    parser.add_argument('--weights', nargs='+', default=(), help='a checkpoint for each model')
    parser.add_argument('--device', help='e.g. cpu or cuda:0; by default a GPU if there is one')
    parser.add_argument(
        '--host', default='127.0.0.1', help='0.0.0.0 lets other machines in (127.0.0.1)')
    parser.add_argument('--port', type=int, default=7860, help='(7860)')
    return parser.parse_args(argv)


def build_page(session):
    """The page, as Gradio's Blocks, on a :class:`DemoSession`."""
    # Before the import: Gradio would report usage and ask for newer versions.
    os.environ['GRADIO_ANALYTICS_ENABLED'] = 'False'
    try:
        import gradio
    except ImportError:
        raise ImportError(_HINT) from None

    def predict(path, model, fov_deg):
        try:
            result = session.predict(path, model, fov_deg)
        except (ValueError, OSError, RuntimeError) as error:
            raise gradio.Error(str(error), print_exception=False) from None
        return result.picture, result.text, result.depth_png, result.point_cloud

    names = list(session.models)
    with gradio.Blocks(title='spidepth_mm', analytics_enabled=False,
                       delete_cache=(3600, 3600)) as page:
        gradio.Markdown('# Depth from one image')
        with gradio.Row():
            with gradio.Column(scale=1):
                # The file itself, as it came: its EXIF data tell of the camera.
                image = gradio.Image(
                    type='filepath', image_mode=None, sources=['upload', 'clipboard'],
                    label='Image', elem_id='image')
                model = gradio.Dropdown(names, value=names[0], label='Model', elem_id='model')
                fov_deg = gradio.Number(
                    0, label='Horizontal field of view, degrees (0: by EXIF or assumed)')
                button = gradio.Button('Predict depth', variant='primary', elem_id='predict')
            with gradio.Column(scale=2):
                # Without Gradio's button that publishes a picture.
                picture = gradio.Image(interactive=False, show_label=False, format='png',
                                       buttons=['download', 'fullscreen'], elem_id='picture')
                text = gradio.Textbox(label='About it', lines=3, elem_id='about')
                with gradio.Row():
                    depth_png = gradio.File(label='Depth, 16-bit PNG (value / 256)',
                                            elem_id='depth_png')
                    cloud = gradio.File(label='Point cloud, PLY', elem_id='ply')
        button.click(predict, [image, model, fov_deg], [picture, text, depth_png, cloud])
    return page


def main(argv=None) -> None:
    args = parse_args(argv)
    limit_noise()
    with friendly_errors():
        from spidepth_mm.apis.demo_session import DemoSession, named_models
        session = DemoSession(named_models(args.models, args.weights), args.device)
        page = build_page(session)
        import gradio
        session.load(next(iter(session.models)))
        # The default theme fetches fonts from the net.
        fonts = dict(font=['system-ui', 'sans-serif'], font_mono=['monospace'])
        try:
            page.launch(server_name=args.host, server_port=args.port, share=False,
                        theme=gradio.themes.Default(**fonts))
        finally:
            session.close()


if __name__ == '__main__':
    main()
