"""Synthetic faces: portraits drawn by arithmetic, a data set that needs no download.

Nothing here imports TensorFlow, so that the processes that draw start quickly.
"""

from kerasgan.faces.attributes import ATTRIBUTES as ATTRIBUTES
from kerasgan.faces.attributes import sample_attributes as sample_attributes
from kerasgan.faces.drawing import synthetic_faces as synthetic_faces
from kerasgan.faces.rendering import render_faces as render_faces
