/** A backbone: an absolute path of an ONNX file, or the name of an installed one. */
export type BackboneRef = string;
