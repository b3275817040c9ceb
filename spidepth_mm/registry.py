"""Child registries of the scope ``spidepth_mm``.

mmengine imports ``<scope>.registry`` by itself when a config names a scope,
so ``type='spidepth_mm.SQLHead'`` works in any OpenMMLab config without
``custom_imports``. ``locations`` are imported when a registry is first asked
for something it does not know, not before.
"""

from mmengine import registry as root
from mmengine.registry import Registry

_PACKAGE = 'spidepth_mm'


def _child(name: str, parent: Registry, *rooms: str) -> Registry:
    locations = [f'{_PACKAGE}.{room}' for room in rooms]
    return Registry(name, parent=parent, scope=_PACKAGE, locations=locations)


RUNNERS = _child('runner', root.RUNNERS, 'engine')
RUNNER_CONSTRUCTORS = _child('runner constructor', root.RUNNER_CONSTRUCTORS, 'engine')
LOOPS = _child('loop', root.LOOPS, 'engine')
HOOKS = _child('hook', root.HOOKS, 'engine')
STRATEGIES = _child('strategy', root.STRATEGIES, 'engine')
LOG_PROCESSORS = _child('log processor', root.LOG_PROCESSORS, 'engine')
OPTIMIZERS = _child('optimizer', root.OPTIMIZERS, 'engine')
OPTIM_WRAPPERS = _child('optim_wrapper', root.OPTIM_WRAPPERS, 'engine')
OPTIM_WRAPPER_CONSTRUCTORS = _child(
    'optimizer wrapper constructor', root.OPTIM_WRAPPER_CONSTRUCTORS, 'engine')
PARAM_SCHEDULERS = _child('parameter scheduler', root.PARAM_SCHEDULERS, 'engine')

DATASETS = _child('dataset', root.DATASETS, 'datasets')
DATA_SAMPLERS = _child('data sampler', root.DATA_SAMPLERS, 'datasets')
TRANSFORMS = _child('transform', root.TRANSFORMS, 'datasets')

MODELS = _child('model', root.MODELS, 'models')
MODEL_WRAPPERS = _child('model_wrapper', root.MODEL_WRAPPERS, 'models')
WEIGHT_INITIALIZERS = _child('weight initializer', root.WEIGHT_INITIALIZERS, 'models')
TASK_UTILS = _child('task util', root.TASK_UTILS, 'models')
FUNCTIONS = _child('function', root.FUNCTIONS, 'models')

METRICS = _child('metric', root.METRICS, 'evaluation')
EVALUATORS = _child('evaluator', root.EVALUATOR, 'evaluation')

VISUALIZERS = _child('visualizer', root.VISUALIZERS, 'visualization')
VISBACKENDS = _child('vis_backend', root.VISBACKENDS, 'visualization')

INFERENCERS = _child('inferencer', root.INFERENCERS, 'apis')
