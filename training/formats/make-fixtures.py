"""Makes small models in every form that other tools keep GPT-2s in, with the logits that they must have.

One command, from the repository's root, after `pip install -r training/formats/requirements.txt`:

    python training/formats/make-fixtures.py    test/fixtures/formats

Every file is written by the tool that people use: transformers, torch.save of checkpoints in nanoGPT's and minGPT's
form, torch.onnx and optimum, and the gguf package. Only the merged graph is put together here, from two that optimum
exported, as its own tool for that no longer takes what it exports.

Width, vocabulary, positions and the MLP all have the size 32, so that no tensor is recognised by its shape. Logits are
computed in 64 bits. Everything is seeded; some of the tools write names and orders that differ from run to run.
"""

import json
import os
import pickle
import shutil
import tempfile
import warnings
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")

import gguf
import onnx
import torch
from optimum.exporters.onnx import main_export
from optimum.exporters.onnx.model_patcher import eager_mask_without_vmap
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional
from transformers import GPT2Config, GPT2LMHeadModel
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS

OUT = Path("test/fixtures/formats")
SEED = 20_263
SIZE = 32
GPT2 = dict(
    n_layer=2, n_head=4, n_embd=SIZE, n_inner=SIZE, n_positions=SIZE, vocab_size=SIZE, bos_token_id=31, eos_token_id=31
)
TOKENS = [*"abcdefghijklmnopqrstuvwxyz", "Ġ", "ab", "Ġa", "", "", "<|endoftext|>"]
MERGES = ["a b", "Ġ a"]
END = 31
LENGTHS = [12, 1]
MATRICES = (".c_attn.weight", ".c_proj.weight", ".c_fc.weight")


def randomised(model: nn.Module, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.3)
    return model.eval()


def write_golden(folder: Path, logits_of, vocabulary: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    documents, rows = [], {}
    for index, length in enumerate(LENGTHS):
        tokens = torch.randint(0, vocabulary, (length,), generator=generator)
        documents.append({"tokens": tokens.tolist(), "position": 0})
        with torch.no_grad():
            rows[f"logits.{index}"] = logits_of(tokens[None])[0].float().contiguous()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "golden.json").write_text(json.dumps({"documents": documents}) + "\n")
    save_file(rows, folder / "golden.safetensors")


def logits_of_transformers(model: GPT2LMHeadModel):
    double = GPT2LMHeadModel(model.config).double().eval()
    double.load_state_dict(model.state_dict())
    return lambda tokens: double(tokens).logits


def write_config(model: GPT2LMHeadModel, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    model.config.save_pretrained(folder)


def without_extras(folder: Path) -> None:
    for name in ["generation_config.json", "ort_config.json"]:
        (folder / name).unlink(missing_ok=True)


# transformers and PyTorch


def write_transformers(model: GPT2LMHeadModel, folder: Path) -> None:
    def saved(name: str, **options) -> None:
        model.save_pretrained(folder / name, **options)
        without_extras(folder / name)

    saved("safetensors")
    write_tokenizer(folder / "safetensors")
    saved("sharded-safetensors", max_shard_size="30KB")
    saved("bin", safe_serialization=False)
    saved("sharded-bin", safe_serialization=False, max_shard_size="30KB")
    write_config(model, folder / "legacy-bin")
    torch.save(
        model.state_dict(), folder / "legacy-bin" / "pytorch_model.bin", _use_new_zipfile_serialization=False
    )


def write_tokenizer(folder: Path) -> None:
    special = {"id": END, "content": TOKENS[END], "special": True, "single_word": False, "lstrip": False, "rstrip": False}
    vocabulary = {token: index for index, token in enumerate(TOKENS) if token and index != END}
    split = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    model = {"type": "BPE", "vocab": vocabulary, "merges": MERGES}
    contents = {"added_tokens": [special], "pre_tokenizer": split, "decoder": {"type": "ByteLevel"}, "model": model}
    (folder / "tokenizer.json").write_text(json.dumps(contents, ensure_ascii=False) + "\n")


# gguf


def write_gguf(model: GPT2LMHeadModel, path: Path, kind: str) -> dict[str, torch.Tensor]:
    """Writes the file as llama.cpp's converter does, and returns the weights that it then holds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    config = model.config
    writer = gguf.GGUFWriter(path, "gpt2")
    writer.add_context_length(config.n_positions)
    writer.add_embedding_length(config.n_embd)
    writer.add_block_count(config.n_layer)
    writer.add_feed_forward_length(4 * config.n_embd)
    writer.add_head_count(config.n_head)
    writer.add_layer_norm_eps(config.layer_norm_epsilon)
    tokens = [token or f"[PAD{index}]" for index, token in enumerate(TOKENS)]
    kinds = gguf.TokenType
    types = [kinds.CONTROL if index == END else kinds.NORMAL if token else kinds.UNUSED for index, token in enumerate(TOKENS)]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(MERGES)
    writer.add_eos_token_id(END)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.GPT2, config.n_layer)
    held = {}
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        turned = name.endswith(MATRICES)
        array = (tensor.T if turned else tensor).contiguous().float().numpy()
        own = names.get_name(name, try_suffixes=(".weight", ".bias"))
        stored_as = "F32" if array.ndim == 1 or own == "position_embd.weight" else kind
        stored_as = gguf.GGMLQuantizationType[stored_as]
        data = gguf.quants.quantize(array, stored_as)
        writer.add_tensor(own, data, raw_dtype=stored_as)
        read = torch.from_numpy(gguf.quants.dequantize(data, stored_as).reshape(array.shape).copy())
        held[name] = read.T.contiguous() if turned else read
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return held


# ONNX


class Plain(nn.Module):
    """A model as a user wraps it, with names of its own."""

    def __init__(self, model: GPT2LMHeadModel):
        super().__init__()
        self.net = model

    def forward(self, input_ids, attention_mask, position_ids):
        return self.net(input_ids, attention_mask=attention_mask, position_ids=position_ids, use_cache=False).logits


class Logits(nn.Module):
    def __init__(self, model: GPT2LMHeadModel):
        super().__init__()
        self.net = model

    def forward(self, input_ids):
        return self.net(input_ids, use_cache=False).logits


def write_optimum(folder: Path, source: Path, optimize: str | None, task: str = "text-generation-with-past") -> None:
    main_export(str(source), output=str(folder), library_name="transformers", task=task, optimize=optimize, do_validation=False)
    without_extras(folder)


def write_onnx(model: GPT2LMHeadModel, folder: Path) -> None:
    source = folder / "safetensors"
    write_optimum(folder / "onnx-optimum", source, None)
    write_optimum(folder / "onnx-optimum-optimized", source, "O2")
    ids = torch.arange(6)[None]
    eager = GPT2LMHeadModel.from_pretrained(source, attn_implementation="eager").eval()

    write_config(model, folder / "onnx-torchscript")
    names = ["input_ids", "attention_mask", "position_ids"]
    path = folder / "onnx-torchscript" / "model.onnx"
    # The mask that vmap makes cannot be exported: optimum's own way around it.
    masks = ALL_MASK_ATTENTION_FUNCTIONS["eager"]
    ALL_MASK_ATTENTION_FUNCTIONS.register("eager", eager_mask_without_vmap)
    torch.onnx.export(
        Plain(eager), (ids, torch.ones_like(ids), ids), path, dynamo=False, input_names=names, opset_version=13
    )
    write_config(model, folder / "onnx-dynamo-external")
    exported = torch.onnx.export(Logits(eager), (ids,), dynamo=True, optimize=False, fallback=False, verbose=False)
    path = folder / "onnx-dynamo-external" / "model.onnx"
    exported.save(path, external_data=True)
    # Nodes carry the stack that made them, fifteen times as long as all else.
    graph = onnx.load(path, load_external_data=False)
    for part in [*graph.graph.node, *graph.graph.value_info, *graph.graph.initializer]:
        part.ClearField("metadata_props")
    onnx.save(graph, path)
    ALL_MASK_ATTENTION_FUNCTIONS.register("eager", masks)

    optimum = folder / "onnx-optimum" / "model.onnx"
    write_config(model, folder / "onnx-typed")
    typed = onnx.load(optimum)
    for tensor in typed.graph.initializer:
        array = onnx.numpy_helper.to_array(tensor)
        if array.dtype == "float32":
            tensor.CopyFrom(onnx.helper.make_tensor(tensor.name, onnx.TensorProto.FLOAT, array.shape, array.flatten().tolist()))
    onnx.save(typed, folder / "onnx-typed" / "model.onnx")

    write_config(model, folder / "onnx-merged")
    with tempfile.TemporaryDirectory() as scratch:
        write_optimum(Path(scratch), source, None, task="text-generation")
        onnx.save(merged(onnx.load(Path(scratch) / "model.onnx"), onnx.load(optimum)), folder / "onnx-merged" / "decoder_model_merged.onnx")


def merged(without_past: onnx.ModelProto, with_past: onnx.ModelProto) -> onnx.ModelProto:
    """Two graphs as branches of one, with their weights in the graph around them, as optimum merged them."""
    weights = {tensor.name: tensor for graph in (without_past.graph, with_past.graph) for tensor in graph.initializer}
    inputs = {value.name: value for graph in (without_past.graph, with_past.graph) for value in graph.input}
    branches = []
    for name, graph in [("no_past", without_past.graph), ("with_past", with_past.graph)]:
        branches.append(onnx.helper.make_graph(list(graph.node), name, [], [graph.output[0]]))
    choice = onnx.helper.make_node(
        "If", ["use_cache_branch"], ["logits"], then_branch=branches[1], else_branch=branches[0]
    )
    flag = onnx.helper.make_tensor_value_info("use_cache_branch", onnx.TensorProto.BOOL, [1])
    graph = onnx.helper.make_graph(
        [choice], "merged", [*inputs.values(), flag], [with_past.graph.output[0]], initializer=list(weights.values())
    )
    return onnx.helper.make_model(graph, opset_imports=with_past.opset_import, ir_version=with_past.ir_version)


# Checkpoints in nanoGPT's and minGPT's form


class LayerNorm(nn.Module):
    def __init__(self, width: int, bias: bool):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width)) if bias else None

    def forward(self, x):
        return functional.layer_norm(x, self.weight.shape, self.weight, self.bias, 1e-5)


class Attention(nn.Module):
    def __init__(self, width: int, heads: int, context: int, bias: bool):
        super().__init__()
        self.heads = heads
        self.c_attn = nn.Linear(width, 3 * width, bias=bias)
        self.c_proj = nn.Linear(width, width, bias=bias)
        self.register_buffer("bias", torch.tril(torch.ones(context, context))[None, None])

    def forward(self, x):
        batch, time, width = x.shape
        parts = [part.view(batch, time, self.heads, -1).transpose(1, 2) for part in self.c_attn(x).split(width, dim=2)]
        moved = functional.scaled_dot_product_attention(*parts, is_causal=True)
        return self.c_proj(moved.transpose(1, 2).reshape(batch, time, width))


class Mlp(nn.Module):
    def __init__(self, width: int, bias: bool, approximate: str):
        super().__init__()
        self.approximate = approximate
        self.c_fc = nn.Linear(width, 4 * width, bias=bias)
        self.c_proj = nn.Linear(4 * width, width, bias=bias)

    def forward(self, x):
        return self.c_proj(functional.gelu(self.c_fc(x), approximate=self.approximate))


class Block(nn.Module):
    def __init__(self, width: int, heads: int, context: int, bias: bool, approximate: str):
        super().__init__()
        self.ln_1 = LayerNorm(width, bias)
        self.attn = Attention(width, heads, context, bias)
        self.ln_2 = LayerNorm(width, bias)
        self.mlp = Mlp(width, bias, approximate)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class LinearGpt(nn.Module):
    """GPT-2 with linear layers under the names that nanoGPT and minGPT give them."""

    def __init__(self, layers: int, heads: int, width: int, context: int, vocabulary: int, bias: bool, tied: bool, approximate: str):
        super().__init__()
        blocks = [Block(width, heads, context, bias, approximate) for _ in range(layers)]
        self.transformer = nn.ModuleDict(
            dict(
                wte=nn.Embedding(vocabulary, width),
                wpe=nn.Embedding(context, width),
                h=nn.ModuleList(blocks),
                ln_f=LayerNorm(width, bias),
            )
        )
        self.lm_head = nn.Linear(width, vocabulary, bias=False)
        if tied:
            self.transformer.wte.weight = self.lm_head.weight

    def forward(self, tokens):
        x = self.transformer.wte(tokens) + self.transformer.wpe(torch.arange(tokens.shape[1]))
        for block in self.transformer.h:
            x = block(x)
        return self.lm_head(self.transformer.ln_f(x))


def check_with_transformers(model: LinearGpt, config: GPT2Config) -> None:
    """Holds the checkpoint's own logits to those that transformers computes with the same weights."""
    other = GPT2LMHeadModel(config).double().eval()
    state = {name: torch.zeros_like(value) for name, value in other.state_dict().items()}
    for name, value in model.state_dict().items():
        if not name.endswith(".attn.bias"):
            state[name] = value.T if name.endswith(MATRICES) else value
    other.load_state_dict(state)
    tokens = torch.arange(config.vocab_size)[None, : config.n_positions]
    double = model.double()
    with torch.no_grad():
        difference = (double(tokens) - other(tokens).logits).abs().max().item()
    model.float()
    assert difference < 1e-9, difference


def write_nanogpt(folder: Path) -> None:
    settings = dict(n_layer=2, n_head=2, n_embd=16, block_size=12, bias=False, vocab_size=9, dropout=0.0)
    model = randomised(LinearGpt(2, 2, 16, 12, 9, bias=False, tied=True, approximate="none"), SEED + 2)
    config = dict(n_layer=2, n_head=2, n_embd=16, n_positions=12, vocab_size=9, activation_function="gelu")
    check_with_transformers(model, GPT2Config(**config))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.0, betas=(0.9, 0.95))
    functional.cross_entropy(model(torch.arange(9)[None])[0], torch.arange(9)).backward()
    optimizer.step()
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = {
        # As torch.compile names them.
        "model": {f"_orig_mod.{name}": value for name, value in model.state_dict().items()},
        "optimizer": optimizer.state_dict(),
        "model_args": settings,
        "iter_num": 1,
        "best_val_loss": torch.tensor(2.5),
        "config": {"dataset": "letters", "learning_rate": 1e-3, "decay_lr": True},
    }
    torch.save(checkpoint, folder / "ckpt.pt")
    characters = ["\n", " ", *"abcdé", "😀", "*"]
    meta = {
        "vocab_size": len(characters),
        "itos": dict(enumerate(characters)),
        "stoi": {character: index for index, character in enumerate(characters)},
    }
    with open(folder / "meta.pkl", "wb") as file:
        pickle.dump(meta, file)
    write_golden(folder, lambda tokens: model.double()(tokens), 9, SEED + 3)


def write_mingpt(folder: Path) -> None:
    model = randomised(LinearGpt(2, 2, 16, 12, 9, bias=True, tied=False, approximate="tanh"), SEED + 4)
    config = dict(n_layer=2, n_head=2, n_embd=16, n_positions=12, vocab_size=9, tie_word_embeddings=False)
    check_with_transformers(model, GPT2Config(**config))
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), folder / "model.pt")
    own = dict(model_type=None, n_layer=2, n_head=2, n_embd=16, vocab_size=9, block_size=12, resid_pdrop=0.1)
    (folder / "config.json").write_text(json.dumps({"system": {"seed": 3407}, "data": {}, "model": own, "trainer": {}}, indent=2) + "\n")
    write_golden(folder, lambda tokens: model.double()(tokens), 9, SEED + 5)


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    tied = randomised(GPT2LMHeadModel(GPT2Config(**GPT2)), SEED)
    folder = OUT / "gpt2"
    write_golden(folder, logits_of_transformers(tied), SIZE, SEED)
    write_transformers(tied, folder)
    write_gguf(tied, folder / "gguf" / "any-name.gguf", "F32")
    write_onnx(tied, folder)

    untied = randomised(GPT2LMHeadModel(GPT2Config(**GPT2, tie_word_embeddings=False)), SEED + 1)
    folder = OUT / "gpt2-untied"
    write_golden(folder, logits_of_transformers(untied), SIZE, SEED)
    untied.save_pretrained(folder / "safetensors")
    without_extras(folder / "safetensors")
    write_gguf(untied, folder / "gguf" / "untied.gguf", "F32")
    write_optimum(folder / "onnx-optimum", folder / "safetensors", None)

    for kind in ["F16", "BF16", "Q8_0"]:
        folder = OUT / f"gguf-{kind.lower().replace('_', '-')}"
        held = write_gguf(tied, folder / "stored" / "model.gguf", kind)
        rounded = GPT2LMHeadModel(tied.config)
        rounded.load_state_dict({**held, "lm_head.weight": held["transformer.wte.weight"]})
        write_golden(folder, logits_of_transformers(rounded), SIZE, SEED)

    write_nanogpt(OUT / "nanogpt")
    write_mingpt(OUT / "mingpt")


main()
