import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ortMessage } from '../../../../src/engine/models/onnxruntime.ts';

test('what onnxruntime says is told without the place in its sources', () => {
  const told: readonly (readonly [string, string])[] = [
    [
      '/onnxruntime_src/onnxruntime/core/graph/model_load_utils.h:46 void onnxruntime::model_load_utils::ValidateOpsetForDomain(const std::unordered_map<std::__cxx11::basic_string<char>, int>&, const onnxruntime::logging::Logger&, bool, const std::string&, int) ONNX Runtime only *guarantees* support for models stamped with official released onnx opset versions.',
      'ONNX Runtime only *guarantees* support for models stamped with official released onnx opset versions.',
    ],
    [
      'Exception during initialization: /onnxruntime_src/onnxruntime/core/providers/common.h:81 onnxruntime::AutoPadType onnxruntime::StringToAutoPadType(const std::string&) false was false. Unknown AutoPadType String',
      'Exception during initialization: Unknown AutoPadType String',
    ],
    [
      "Non-zero status code returned while running Reshape node. Name:'r' Status Message: D:\\a\\_work\\onnxruntime\\core\\providers\\cpu\\tensor\\reshape_helper.h:45 onnxruntime::ReshapeHelper::ReshapeHelper(const TensorShape&, int64_t (*)(int)) const input_shape_size == size was false. The input tensor cannot be reshaped to the requested shape.",
      "Non-zero status code returned while running Reshape node. Name:'r' Status Message: The input tensor cannot be reshaped to the requested shape.",
    ],
    [
      'Load model from x.onnx failed:Protobuf parsing failed.',
      'Load model from x.onnx failed:Protobuf parsing failed.',
    ],
    [
      "Non-zero status code returned while running GlobalAveragePool node. Name:'pooled' Status Message: pool.cc:226 Compute Input dimension cannot be less than 3.",
      "Non-zero status code returned while running GlobalAveragePool node. Name:'pooled' Status Message: Input dimension cannot be less than 3.",
    ],
    ['', ''],
  ];
  for (const [said, plain] of told) assert.equal(ortMessage(new Error(said)), plain);
  assert.equal(ortMessage('not an Error'), 'not an Error');
});
