// The options of `train`, as its help lists them.
#include <array>

#include "cli/common.h"
#include "cli/train_options.h"

namespace aedenoise::cli {
namespace {

constexpr std::array kTrainOptions{
    Option{"Kind", "kind", 'k', "NAME",
           "denoising (default), codec, or an autoencoder of samples: undercomplete, sparse, jumprelu, "
           "contractive, vae"},
    Option{"Data", "data", 'd', "FOLDER...",
           "clean images (folders with what is below them, or files); for autoencoders of samples also .npy, "
           ".csv and "
           "idx files, whose rows are samples",
           Names::input},
    Option{"Data", "noisy", 0, "FOLDER", "instead of --data, with --clean: pairs of equal file names",
           Names::input},
    Option{"Data", "clean", 0, "FOLDER", "the clean partners of --noisy", Names::input},
    Option{"Data", "pairs", 0, "FOLDER",
           "instead of --data: scenes, each a sub-folder of images (or a file of several volumes or frames) "
           "that show the same thing with noise of their own (Noise2Noise)",
           Names::input},
    Option{"Data", "self", 0, "neighbor2neighbor|noise2void",
           "--data is noisy images, which nobody has clean: train from what neighbouring pixels say of each "
           "other; the level of their noise is estimated from each"},
    Option{"Data", "val", 0, "FOLDER", "images to validate on (default: a share of the training images)",
           Names::input},
    Option{"Data", "val-noisy", 0, "FOLDER", "with --noisy: noisy partners of the images in --val",
           Names::input},
    Option{"Data", "val-share", 0, "SHARE",
           "how much of the training images is kept for validation (default 0.05)"},
    Option{"Network", "channels", 0, "1|3",
           "1 for gray images (default; colour ones are converted), 3 for colour"},
    Option{"Network", "widths", 0, "LIST",
           "channels per level, finest first (default 32,64). With --init new ones are added"},
    Option{"Network", "blocks", 0, "LIST",
           "residual blocks per level (default 4, at the bottleneck 5). With --init new ones are added"},
    Option{"Network", "levels", 0, "N", "number of levels, when widths and blocks are not given"},
    Option{
        "Network", "code", 0, "N",
        "channels of the code at the bottleneck (default: the last width); values in the code of a sample"},
    Option{"Network", "shuffle", 0, "N", "side of the pixel blocks taken as channels first (default 2)"},
    Option{"Network", "slices", 0, "N",
           "of a volume, seen to denoise the one in the middle; odd (default 1). With --init a model of one "
           "slice is widened"},
    Option{"Network", "init", 0, "FILE|NAME",
           "start from this model's network and weights, a file or a built-in one, instead of random ones",
           Names::input},
    Option{"Noise", "noise", 'n', "NAME",
           "gaussian (default), poisson, poisson-gaussian, rician, speckle, salt-and-pepper or ct (CT scans, "
           "for which "
           "photographs may stand in; levels in HU)"},
    Option{"Noise", "noise-range", 0, "LOW,HIGH",
           "levels drawn from, weak ones more often; on the 0-255 scale, of ct in HU (default 0,55)"},
    Option{"Recipe", "steps", 0, "N", "training steps (default 20000)"},
    Option{"Recipe", "minutes", 0, "M", "train this long instead"},
    Option{"Recipe", "patch", 0, "LIST",
           "side of the patches, a multiple of the network's; a list divides the run: 64,128 (default 64)"},
    Option{
        "Recipe", "batch", 0, "N",
        "patches per step (default 16); larger patches of a list come in smaller batches. Of autoencoders of "
        "samples: samples (default 128)"},
    Option{"Recipe", "loss", 0, "LIST",
           "l1 (default), mse, charbonnier, psnr, ssim; a list divides the run: l1,mse. Autoencoders of "
           "samples: mse "
           "(default), bce, l1 or ssim"},
    Option{
        "Recipe", "teacher", 0, "FILE|NAME",
        "of the same channels and slices: learn what this model makes of noisy patches, averaged over four "
        "rotations, instead of the clean ones",
        Names::input},
    Option{"Recipe", "self-weight", 0, "W", "of neighbor2neighbor's regulariser (default 1)"},
    Option{"Recipe", "optimizer", 0, "NAME",
           "muon (default), adam (default for autoencoders of samples), adamw, sgd"},
    Option{"Recipe", "learning-rate", 0, "RATE",
           "at its highest (default 0.002, of other optimizers than muon for networks of images 0.0012)"},
    Option{"Recipe", "schedule", 0, "NAME", "cosine (default), step, constant"},
    Option{"Recipe", "warmup", 0, "SHARE", "of the run, rising from 0 (default 0.02)"},
    Option{"Recipe", "final", 0, "SHARE", "of the learning rate, at the end of a cosine (default 0.01)"},
    Option{"Recipe", "momentum", 0, "M", "of sgd (default 0.9)"},
    Option{"Recipe", "weight-decay", 0, "D", "default 0"},
    Option{"Recipe", "clip", 0, "NORM",
           "largest gradient norm, 0 for any (default 1, of autoencoders of samples 0)"},
    Option{"Recipe", "average", 0, "DECAY",
           "of the moving average of the weights that is kept (default 0.999)"},
    Option{"Recipe", "seed", 0, "N", "of everything drawn at random (default 0)"},
    Option{"Recipe", "validate-every", 0, "STEPS", "default 1000"},
    Option{"Recipe", "patience", 0, "N",
           "validations without improvement before stopping, 0 for never (default 20)"},
    Option{"Autoencoders of samples", "dictionary", 0, "Nx", "size of the code in multiples of the sample's"},
    Option{"Autoencoders of samples", "nodes", 0, "LIST",
           "nodes (or channels) of the hidden layers up to the code, mirrored after it (default: by kind)"},
    Option{"Autoencoders of samples", "layers", 0, "N",
           "so many hidden layers before the code, when --nodes is not given"},
    Option{"Autoencoders of samples", "convolutional", 0, nullptr, "convolutions instead of dense layers"},
    Option{"Autoencoders of samples", "activation", 0, "NAME",
           "of hidden layers: relu, leaky_relu, sigmoid, tanh, gelu (default: by kind)"},
    Option{"Autoencoders of samples", "tied", 0, nullptr,
           "the decoder uses the encoder's weights, transposed"},
    Option{"Autoencoders of samples", "allow-overcomplete", 0, nullptr,
           "the code may be larger than the sample"},
    Option{
        "Autoencoders of samples", "spots", 0, "N",
        "of images: up to N spots and scratches are painted over each, to be taken away again; such models "
        "find what does not belong (see 'anomaly')"},
    Option{
        "Autoencoders of samples", "standardize", 0, nullptr,
        "bring each column of a table to mean 0 and standard deviation 1, which the model remembers; errors "
        "are then in standard deviations"},
    Option{"Autoencoders of samples", "binarize", 0, nullptr,
           "values are drawn as 0 or 1 with themselves as probability, anew at each step"},
    Option{"Autoencoders of samples", "patches", 0, "N",
           "with --patch: so many patches are cut from images (default: as many as tile them once)"},
    Option{"Objectives of the kinds", "weight", 0, "W",
           "of the sparsity (sparse, jumprelu) or of the Jacobian's squared norm (contractive); default: by "
           "kind"},
    Option{"Objectives of the kinds", "rise", 0, "SHARE",
           "of the run in which that weight, or for a vae beta, rises from 0 (default 0.1)"},
    Option{"Objectives of the kinds", "sparsity", 0, "l1|kl|topk",
           "what makes a sparse autoencoder sparse (default l1)"},
    Option{
        "Objectives of the kinds", "l0", 0, "N",
        "mean number of active features: l1, kl and jumprelu are steered to it, topk keeps exactly so many"},
    Option{"Objectives of the kinds", "density", 0, "D",
           "mean activation kl asks of every feature (default 0.05)"},
    Option{"Objectives of the kinds", "bandwidth", 0, "E",
           "of the kernel that gives jumprelu's thresholds a gradient, where samples have mean square 1 "
           "(default 0.5)"},
    Option{"Objectives of the kinds", "dead-after", 0, "STEPS",
           "without firing, and a feature counts as dead and is revived (default 100)"},
    Option{"Objectives of the kinds", "busy-weight", 0, "W",
           "jumprelu: what a feature that is active for more than 8% of the samples weighs more, for each "
           "further "
           "8% (default 0)"},
    Option{"Objectives of the kinds", "probes", 0, "N",
           "random directions per sample that estimate a deep contractive encoder's Jacobian (default 1)"},
    Option{"Objectives of the kinds", "beta", 0, "B", "weight of a vae's KL divergence (default 1)"},
    Option{"Objectives of the kinds", "free-bits", 0, "NATS",
           "of KL divergence per dimension of a vae's code that cost nothing (default 0)"},
    Option{"Output", "output", 'o', "FILE",
           "the model, a .safetensors file; its curve goes beside it as .csv and .png", Names::output},
    Option{"Output", "checkpoint", 0, "FILE",
           "state of the run (default: the output's name with .checkpoint)", Names::output},
    Option{"Output", "resume", 0, nullptr, "go on from the checkpoint if there is one"},
    Option{"Output", "force", 'f', nullptr, "replace an existing model, start over in spite of a checkpoint"},
    Option{"Output", "storage", 0, "f16|f32", "number format in the file (default f16, half the size)"},
    Option{"Output", "license", 0, "TEXT", "licence recorded in the model"},
    Option{"Output", "license-note", 0, "TEXT", "more about it"},
    Option{"Output", "training-data", 0, "TEXT",
           "what the data is, recorded in the model (default: the folders' names)"},
    kPrecisionOption,
    kThreadsOption,
    kProgressOption,
    kJsonOption,
    kQuietOption,
    kVerboseOption,
    kHelpOption};

}  // namespace

std::span<const Option> train_option_table() { return kTrainOptions; }

}  // namespace aedenoise::cli
