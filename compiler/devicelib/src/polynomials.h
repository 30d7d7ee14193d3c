#pragma once

// Made by ../tables/polynomials.py; change that, not this.
// Coefficients of x^0, x^1 ...
// clang-format off

namespace opensupa::devicelib {

// (2^x - 1) / x, |x| <= 0.5; relative error 2^-43.35
inline constexpr double kExp2[] = {
    0x1.62e42fefa39efp-1, 0x1.ebfbdff823cedp-3, 0x1.c6b08d7047e52p-5,
    0x1.3b2ab7181b755p-7, 0x1.5d87fe86fe88ep-10, 0x1.4308ac85aa947p-13,
    0x1.ffcb9515a8016p-17, 0x1.63d136366db24p-20, 0x1.b63880a30e9ffp-24,
};

// expm1(x) / x, |x| <= ln(2) / 2; relative error 2^-43.35
inline constexpr double kExpm1[] = {
    0x1.0000000000000p+0, 0x1.fffffffff71cfp-2, 0x1.5555555553b7dp-3,
    0x1.5555557428d91p-5, 0x1.1111111c45d5bp-7, 0x1.6c164df443c8cp-10,
    0x1.a019adabfb6abp-13, 0x1.a15a4f98eb4a5p-16, 0x1.72c720b2e07bfp-19,
};

// ln((1 + s) / (1 - s)) / s in s^2, for 1/sqrt(2) to sqrt(2); relative error 2^-45.08
inline constexpr double kLog[] = {
    0x1.fffffffffff12p+0, 0x1.55555556714cdp-1, 0x1.9999962bfbd51p-2,
    0x1.24943823396b6p-2, 0x1.c620ecf3cb17cp-3, 0x1.9192facd931d7p-3,
};

// sin(x) / x in x^2, |x| <= pi / 4; relative error 2^-47.57
inline constexpr double kSin[] = {
    0x1.fffffffffffd9p-1, -0x1.5555555550efdp-3, 0x1.1111110bde5aep-7,
    -0x1.a019f8a2038bcp-13, 0x1.71d7317953bf0p-19, -0x1.a9507e6954dc5p-26,
};

// cos(x) in x^2, |x| <= pi / 4; relative error 2^-43.54
inline constexpr double kCos[] = {
    0x1.ffffffffffe0bp-1, -0x1.ffffffffe3762p-2, 0x1.555555447637ap-5,
    -0x1.6c16b2d3df2cfp-10, 0x1.a00e96823c116p-16, -0x1.23c5c0ad609d8p-22,
};

// atan(x) / x in x^2, |x| <= tan(pi / 8); relative error 2^-45.09
inline constexpr double kAtan[] = {
    0x1.fffffffffff0fp-1, -0x1.55555554e6106p-2, 0x1.99999911d6826p-3,
    -0x1.2492291d7d723p-3, 0x1.c714d4b8f10f0p-4, -0x1.73d9d6a0ac8a1p-4,
    0x1.35cf2a31da1efp-4, -0x1.e13d31d145418p-5, 0x1.f65f3b594ac36p-6,
};

// asin(x) / x in x^2, |x| <= 0.5; relative error 2^-43.87
inline constexpr double kAsin[] = {
    0x1.ffffffffffe37p-1, 0x1.55555556ba261p-3, 0x1.333331c54a5c9p-4,
    0x1.6db76c4073936p-5, 0x1.f1aa2e3259ba2p-6, 0x1.703109f1e31b1p-6,
    0x1.0de3abdd2358ep-6, 0x1.315f91ce454b4p-6, -0x1.76633841944a1p-9,
    0x1.05af6a78bec66p-5,
};

// (1 + 2x) erfcx(x) in (x - 4) / (x + 4), x >= 0; relative error 2^-45.29
inline constexpr double kErfcxFloat[] = {
    0x1.3ba5916e9fdc8p+0, -0x1.1df1ad154a07bp-3, 0x1.f7f5df6532a4ep-7,
    0x1.16ecefcf71446p-4, -0x1.9ddb23bc79e47p-4, 0x1.7fee0054cb37bp-4,
    -0x1.0fb06e5e70143p-4, 0x1.3079ed4938c6cp-5, -0x1.09622e97b87bcp-6,
    0x1.49c6961d33423p-8, -0x1.8d4f597f96f84p-11, -0x1.a1f008d6ae6bep-13,
    0x1.3c0d08881b95ep-13, -0x1.981e55fccac85p-16, -0x1.7cb007dfff896p-17,
    0x1.77f4ed2c44df5p-18, 0x1.b61ddf12179f4p-22, -0x1.86b3780bacaafp-21,
    0x1.9982246804ef3p-27, 0x1.f2210ca207adep-25,
};

// erfinv(x) / x in x^2, |x| <= 0.5; relative error 2^-42.08
inline constexpr double kErfinv[] = {
    0x1.c5bf891b4e9d7p-1, 0x1.db29fb3448bcbp-3, 0x1.053c29cf72058p-3,
    0x1.62855e4e611fbp-4, 0x1.09fc885fa4cb0p-4, 0x1.aa5921fd9911bp-5,
    0x1.487971ef14518p-5, 0x1.a1b38649d1e18p-5, -0x1.a814931d8a01dp-7,
    0x1.8a37c95f36d83p-4,
};

// erfcinv(exp(-s^2)) / s in (s - 3) / (s + 3), 0.82 <= s <= 10.25; relative error 2^-43.93
inline constexpr double kErfcinv[] = {
    0x1.cf51b7c4675ffp-1, 0x1.183b86e50eafap-2, -0x1.5b1ac563cc82cp-2,
    0x1.1d58c30728984p-2, -0x1.6d88c5900f7d4p-3, 0x1.1c8cff45abacfp-4,
    0x1.49efb8d9e1666p-6, -0x1.3e85e06a68a38p-4, 0x1.9505e31156c61p-4,
    -0x1.6b10c6bde6c4fp-4, 0x1.d12a8b65c51cap-5, -0x1.0d64cec8c7ec4p-6,
    -0x1.5583add81f802p-6, 0x1.8db6ed2501390p-5, -0x1.e4a597c1134c1p-5,
    0x1.3ac111a240e94p-5, -0x1.7fed5fa48b0e0p-7, 0x1.28f269ab5f3d5p-5,
    -0x1.058daca80e8f4p-5, -0x1.960f3059920e5p-4, 0x1.0d842ddcc0598p-3,
    0x1.0bc84fa10b6e3p-5, -0x1.2ec5cc2f67f2ep-4,
};

// erfcinv(exp(-s^2)) / s in (s - 5) / (s + 5), 0.82 <= s <= 27.5; relative error 2^-21.06
inline constexpr double kErfcinvStart[] = {
    0x1.e968b7a192edcp-1, 0x1.1996486c2c790p-3, -0x1.95239bec7b6d8p-3,
    0x1.a9e926cb1d46fp-3, -0x1.9033950970ef7p-3, 0x1.625cc980deb0bp-3,
    -0x1.1866c0125fdb3p-3, 0x1.a914bd15a589ap-5, -0x1.a944baa56bca3p-7,
    0x1.150f2e6df8227p-3, -0x1.69d7f082c000ep-4, -0x1.bab9c0f6f40f7p-3,
    0x1.99acbf4b6efa7p-3,
};

// (exp(r) - 1 - r) / r^2, |r| <= ln(2) / 2; relative error 2^-57.51
inline constexpr double kExpRest[] = {
    0x1.0000000000000p-1, 0x1.5555555555557p-3, 0x1.5555555555556p-5,
    0x1.11111111100dfp-7, 0x1.6c16c16c162d6p-10, 0x1.a01a01abe62ddp-13,
    0x1.a01a01a6d7808p-16, 0x1.71de02375656cp-19, 0x1.27e4db67b4303p-22,
    0x1.af4ddd84882fep-26, 0x1.1f72fc730b4ffp-29,
};

// (expm1(r) - r - r^2 / 2) / r^3, |r| <= 0.25; relative error 2^-53.91
inline constexpr double kExpm1Rest[] = {
    0x1.5555555555555p-3, 0x1.5555555555555p-5, 0x1.1111111111087p-7,
    0x1.6c16c16c16bc8p-10, 0x1.a01a01a12e180p-13, 0x1.a01a01a0b7c1bp-16,
    0x1.71de2e417576dp-19, 0x1.27e4f490d7bd5p-22, 0x1.aed2bf88957cep-26,
    0x1.1f2ca57893783p-29,
};

// (sinh(x) - x) / x^3 in x^2, |x| <= 1; relative error 2^-53.85
inline constexpr double kSinhRest[] = {
    0x1.5555555555555p-3, 0x1.11111111110fdp-7, 0x1.a01a01a01ee70p-13,
    0x1.71de3a4e14f40p-19, 0x1.ae6460fae3728p-26, 0x1.611cb330c1fe8p-33,
    0x1.b41232cf9950fp-41,
};

// (sin(x) - x) / x^3 in x^2, |x| <= pi / 4; relative error 2^-52.18
inline constexpr double kSinRest[] = {
    -0x1.5555555555555p-3, 0x1.1111111110bb2p-7, -0x1.a01a019e83a9ep-13,
    0x1.71de379688c12p-19, -0x1.ae600b015927bp-26, 0x1.5e0b197af9741p-33,
};

// (cos(x) - 1 + x^2 / 2) / x^4 in x^2, |x| <= pi / 4; relative error 2^-54.57
inline constexpr double kCosRest[] = {
    0x1.5555555555555p-5, -0x1.6c16c16c16967p-10, 0x1.a01a019f4eaf9p-16,
    -0x1.27e4fa17d9624p-22, 0x1.1eeb68e88cbb9p-29, -0x1.907da2e9cd397p-37,
};

// (tanh(x) - x) / x^3 in x^2, |x| <= 0.25; relative error 2^-53.92
inline constexpr double kTanhRest[] = {
    -0x1.5555555555555p-2, 0x1.11111111110a0p-3, -0x1.ba1ba1b9f660bp-5,
    0x1.664f485d6d4d4p-6, -0x1.226e22fa6f453p-7, 0x1.d6c9f446c47cbp-9,
    -0x1.7c2ad98792f89p-10, 0x1.17cd5b9306c04p-11,
};

// (ln((1 + s) / (1 - s)) / s - 2) / s^2 in s^2, for 1/sqrt(2) to sqrt(2); relative error 2^-54.0
inline constexpr double kLogRest[] = {
    0x1.5555555555555p-1, 0x1.9999999999a38p-2, 0x1.2492492476cc4p-2,
    0x1.c71c720159f01p-3, 0x1.745cf904336dbp-3, 0x1.3b1c356dc596ap-3,
    0x1.0fbe93d497354p-3, 0x1.0c03b14e1d8e6p-3,
};

// J0(x) in x^2, x <= 1; relative error 2^-51.1
inline constexpr double kJ0Origin[] = {
    0x1.ffffffffffffdp-1, -0x1.ffffffffffc02p-3, 0x1.ffffffffc0230p-7,
    -0x1.c71c719731ab8p-12, 0x1.c71c4f86d5e24p-18, -0x1.2338d452a8ce7p-24,
    0x1.fca51c7b4705ap-32,
};

// J1(x) / x in x^2, x <= 2.45; relative error 2^-53.44
inline constexpr double kJ1Origin[] = {
    0x1.0000000000000p-1, -0x1.ffffffffffffep-5, 0x1.55555555554bep-9,
    -0x1.c71c71c71762cp-15, 0x1.6c16c16ab7b71p-21, -0x1.845c899f8a172p-28,
    0x1.27e4e6b6fb9e6p-35, -0x1.522562a6f4747p-43, 0x1.2be56a15b8f77p-51,
    -0x1.8f4abb7c385c6p-60,
};

// Y0(x) - 2/pi ln(x) J0(x) in x^2, x <= 2.45; relative error 2^-51.62
inline constexpr double kY0Origin[] = {
    -0x1.2e4d699cbd01dp-4, 0x1.6bbcb41034274p-3, -0x1.075b1bbf41041p-6,
    0x1.1a6206b7ac0ffp-11, -0x1.3e99793e62734p-17, 0x1.bce4a4df4ab7fp-24,
    -0x1.a6ee427634b54p-31, 0x1.238d613f03484p-38, -0x1.301c81736fe0fp-46,
    0x1.cf799066ec4b4p-55,
};

// (Y1(x) - 2/pi (ln(x) J1(x) - 1/x)) / x in x^2, x <= 1.5; relative error 2^-51.86
inline constexpr double kY1Origin[] = {
    -0x1.91866143cbc8ap-3, 0x1.bd3975c75b40ep-5, -0x1.835b9789464bbp-9,
    0x1.2c7dbffa60f18p-14, -0x1.0a7809b0e3fe9p-20, 0x1.32e5209e35da3p-27,
    -0x1.f088924ae54fdp-35, 0x1.20bbea6538108p-42,
};

// Y1(3.3 + d) in d, |d| <= 0.6; relative error 2^-53.29
inline constexpr double kY1Middle[] = {
    0x1.8d2951999e49ap-2, 0x1.366582be9f486p-3, -0x1.97b88c7652951p-3,
    -0x1.0d4c8e090931fp-8, 0x1.8c4fc76203920p-7, 0x1.26d3679203803p-11,
    -0x1.11816440589c1p-11, 0x1.4f5e0b574087bp-15, -0x1.aa18adf49a085p-18,
    0x1.043fc36455a27p-18, -0x1.513dcec366f3ep-20, 0x1.87ca8d5626831p-22,
    -0x1.d82435abef5eep-24, 0x1.20eac49e4e341p-25, -0x1.95e34159e4771p-27,
    0x1.ed9dda6477c54p-29,
};

// J0(z + d) / d in d, |d| <= 1.6, z the zero kJ0Zero2 + kJ0Zero2Low
inline constexpr double kJ0Zero2 = 0x1.33d152e971b40p+1;
inline constexpr double kJ0Zero2Low = -0x1.0f539d7da258ep-53;
inline constexpr double kJ0Zero2Series[] = {
    -0x1.09cdb36551280p-1, 0x1.ba1deea029493p-4, 0x1.cfae864368cd9p-5,
    -0x1.1bb1cbe1a4051p-7, -0x1.1f992590cc516p-9, 0x1.15382ba06aba0p-12,
    0x1.6ed3b9ecb3862p-15, -0x1.232c77d0904a1p-18, -0x1.1cce2eb332caep-21,
    0x1.7ff9902d25450p-25, 0x1.295121a73fa6fp-28, -0x1.5c2bb5d8402dbp-32,
    -0x1.bd7c5f820b744p-36, 0x1.cd0540e376ce4p-40, 0x1.e5a182b10e8f6p-44,
    -0x1.c38c4016c90f9p-48,
};

// J0(z + d) / d in d, |d| <= 1.6, z the zero kJ0Zero5 + kJ0Zero5Low
inline constexpr double kJ0Zero5 = 0x1.6148f5b2c2e45p+2;
inline constexpr double kJ0Zero5Low = 0x1.75054cd60a517p-54;
inline constexpr double kJ0Zero5Series[] = {
    0x1.5c6e60a097822p-2, -0x1.f8f72e7a848e0p-6, -0x1.b2150cb41e81dp-5,
    0x1.2f7ffe9025683p-8, 0x1.27e31fe9a438bp-9, -0x1.6f641f4191de3p-13,
    -0x1.863f4816294d3p-15, 0x1.ad77d745d68d5p-19, 0x1.32e6d80953c3ap-21,
    -0x1.2da37d2626f1cp-25, -0x1.41d6855e0b001p-28, 0x1.1d03c17a0e1bap-32,
    0x1.e2a55c37c1c49p-36, -0x1.8464118f36e21p-40, -0x1.06de8af963ef1p-43,
    0x1.84509ead1e35fp-48,
};

// J0(z + d) / d in d, |d| <= 1.7, z the zero kJ0Zero8 + kJ0Zero8Low
inline constexpr double kJ0Zero8 = 0x1.14eb56cccdecap+3;
inline constexpr double kJ0Zero8Low = -0x1.51970714c7c25p-52;
inline constexpr double kJ0Zero8Series[] = {
    -0x1.15f7977a772d4p-2, 0x1.00f7fcf183e0dp-6, 0x1.68b984ec6493bp-5,
    -0x1.48e63600d8417p-9, -0x1.0e0d60385a65dp-9, 0x1.d796052775a0dp-14,
    0x1.7800bc54fe4cep-15, -0x1.3324842f78ed7p-19, -0x1.30e8cc325109dp-21,
    0x1.ceda47962ac51p-26, 0x1.4582c950b24d9p-28, -0x1.cade180116f87p-33,
    -0x1.edaead78b6e45p-36, 0x1.43c19da8883c2p-40, 0x1.17f1edcf6a9fcp-43,
    -0x1.56a2268905fbap-48, -0x1.dcb3e21f5a974p-52, 0x1.11a60f6b0a0adp-56,
};

// J1(z + d) / d in d, |d| <= 1.6, z the zero kJ1Zero3 + kJ1Zero3Low
inline constexpr double kJ1Zero3 = 0x1.ea75575af6f09p+1;
inline constexpr double kJ1Zero3Low = -0x1.60155a9d1b256p-53;
inline constexpr double kJ1Zero3Series[] = {
    -0x1.9c6cf582cbf7ep-2, 0x1.ae8a39f51ad04p-5, 0x1.b589d1da1385bp-5,
    -0x1.537544c331d75p-8, -0x1.24b34099539a6p-9, 0x1.6e4c2d5350f29p-13,
    0x1.83a06e2c87367p-15, -0x1.9799d4c774bbep-19, -0x1.33825b324c8f7p-21,
    0x1.1706913f17025p-25, 0x1.456904534fbf6p-28, -0x1.03b9833e4d2a8p-32,
    -0x1.ec11b8ce17933p-36, 0x1.5e99080c919dep-40, 0x1.0dea523b3741dp-43,
    -0x1.5c5f1a5b37c35p-48,
};

// J1(z + d) / d in d, |d| <= 1.6, z the zero kJ1Zero7 + kJ1Zero7Low
inline constexpr double kJ1Zero7 = 0x1.c0ff5f3b47250p+2;
inline constexpr double kJ1Zero7Low = -0x1.b226d9d243827p-54;
inline constexpr double kJ1Zero7Series[] = {
    0x1.33518b3874e8ap-2, -0x1.5e70dc60362bfp-6, -0x1.80c83bdeee507p-5,
    0x1.9a4b292e3dde5p-9, 0x1.13fbc7d692b22p-9, -0x1.07358bbdbcfe9p-13,
    -0x1.796a751b4974dp-15, 0x1.4255b01359eaap-19, 0x1.3026df2cf6f46p-21,
    -0x1.d48dcbe4dd1fcp-26, -0x1.4462ef380ca61p-28, 0x1.c62c0c4e80b84p-33,
    0x1.ec5de73810731p-36, -0x1.3b8a57f62b48dp-40, -0x1.0e7eeac65d147p-43,
    0x1.403640d0b0369p-48,
};

// Y0(z + d) / d in d, |d| <= 0.3, z the zero kY0Zero0 + kY0Zero0Low
inline constexpr double kY0Zero0 = 0x1.c982eb8d417eap-1;
inline constexpr double kY0Zero0Low = 0x1.ea9d270347f83p-56;
inline constexpr double kY0Zero0Series[] = {
    0x1.c24371844b88ap-1, -0x1.f7e38a46d7101p-2, 0x1.c3b1338af4a08p-3,
    -0x1.cf18e6a4b44c1p-3, 0x1.c068086b23e75p-3, -0x1.a396a80487cf1p-3,
    0x1.9424b9c166163p-3, -0x1.8d35b51bcf3fdp-3, 0x1.8c08a7d2ff779p-3,
    -0x1.8f7e081942530p-3, 0x1.96e516eee899cp-3, -0x1.a1bdbbee888ddp-3,
    0x1.af223ba0f4577p-3, -0x1.c034751b1e0fap-3, 0x1.de91af039b013p-3,
    -0x1.f6700cad19957p-3, 0x1.b082218b5093cp-3, -0x1.c819ab5cf7e64p-3,
    0x1.eee5b2598fa90p-2, -0x1.07c4bf869e7e3p-1,
};

// Y0(z + d) / d in d, |d| <= 1.65, z the zero kY0Zero3 + kY0Zero3Low
inline constexpr double kY0Zero3 = 0x1.fa9534d98569cp+1;
inline constexpr double kY0Zero3Low = -0x1.f06ae7804384ep-54;
inline constexpr double kY0Zero3Series[] = {
    -0x1.9c34256a12a0bp-2, 0x1.a09c9290367edp-5, 0x1.df6d59bf50ce5p-5,
    -0x1.c116fdc597d00p-8, -0x1.1e32bc4edda6ep-9, 0x1.99827650fd231p-13,
    0x1.ab2c1fc671d3ep-15, -0x1.4863719be9604p-18, -0x1.3b21305b438e9p-22,
    -0x1.777131ec4bdc4p-26, 0x1.4528b8d08bc6dp-26, -0x1.f6880c77782dfp-29,
    0x1.a667b0957bcc7p-31, -0x1.9a0ec3cb04060p-33, 0x1.8073eb0a33946p-35,
    -0x1.6d3213d91ec0dp-37, 0x1.9ba1cce22cb88p-39, -0x1.8b2595547894cp-41,
    0x1.9e0b9e7fb3c7ap-45, -0x1.85eeeaa2a1423p-47, 0x1.8463d4feede5fp-46,
    -0x1.78a0b36bc3430p-48,
};

// Y0(z + d) / d in d, |d| <= 1.65, z the zero kY0Zero7 + kY0Zero7Low
inline constexpr double kY0Zero7 = 0x1.c581dc4e72103p+2;
inline constexpr double kY0Zero7Low = -0x1.9774a495f56cfp-54;
inline constexpr double kY0Zero7Series[] = {
    0x1.334cca0697a5ap-2, -0x1.5aef611fc4d56p-6, -0x1.8969c64cbf2f7p-5,
    0x1.b2f14a9552667p-9, 0x1.1d35e85fd3b2fp-9, -0x1.26dd71e38711fp-13,
    -0x1.8177e4f6a317cp-15, 0x1.6a92272d547bcp-19, 0x1.34aa72aef827bp-21,
    -0x1.0a2812046bb8ap-25, -0x1.442927dafef11p-28, 0x1.fa6a1cbc061b0p-33,
    0x1.f0d6416c9e7afp-36, -0x1.70d2dcd5ad4b3p-40, -0x1.f1f2ff7dab9f2p-44,
    0x1.187862e739533p-48,
};

// Y1(z + d) / d in d, |d| <= 0.75, z the zero kY1Zero2 + kY1Zero2Low
inline constexpr double kY1Zero2 = 0x1.193bed4dff243p+1;
inline constexpr double kY1Zero2Low = -0x1.bd1e50d219bfdp-55;
inline constexpr double kY1Zero2Series[] = {
    0x1.0aa48442f014bp-1, -0x1.e56f82217b8f2p-4, -0x1.0d2af4e93251ep-5,
    -0x1.3a6dec3728adcp-8, 0x1.e671c7d151f82p-8, -0x1.5429dc5a78db6p-9,
    0x1.17ab4ae25da90p-10, -0x1.0b2d876725977p-11, 0x1.eea7c67bff202p-13,
    -0x1.c3faed7d4d662p-14, 0x1.9d15eb2af8bd5p-15, -0x1.79556b68b11e5p-16,
    0x1.5881f450d8a1dp-17, -0x1.3a41911a9ade9p-18, 0x1.1d0680a931bc9p-19,
    -0x1.03d01a1421d7ep-20, 0x1.f37b0ff04e70ep-22, -0x1.c716915a6997fp-23,
    0x1.152cac7bcf640p-24, -0x1.f90848a408643p-26, 0x1.40b866b4c93d7p-25,
    -0x1.2412344956868p-26,
};

// Y1(z + d) / d in d, |d| <= 1.7, z the zero kY1Zero5 + kY1Zero5Low
inline constexpr double kY1Zero5 = 0x1.5b7fe4e87b02ep+2;
inline constexpr double kY1Zero5Low = 0x1.dfe7bac228e8cp-52;
inline constexpr double kY1Zero5Series[] = {
    -0x1.5c7c556f0c19ap-2, 0x1.00b9f8571ca1fp-5, 0x1.a15d92dfe3e5dp-5,
    -0x1.10a329e2c244ap-8, -0x1.1be6db9926173p-9, 0x1.337c7e13966adp-13,
    0x1.85b940ee09d17p-15, -0x1.8061914f94891p-19, -0x1.255e6e734d411p-21,
    0x1.b62cd8e703b50p-26, 0x1.80b29da02d941p-28, -0x1.a7f0d33c84b07p-32,
    0x1.3a87401842354p-39, -0x1.37bcad2f81cc2p-38, 0x1.4f112caf4ec33p-40,
    -0x1.c8482242db890p-43, 0x1.0e1d6f0a1d054p-45, -0x1.94dec9996946fp-48,
    0x1.28b59d51650aep-49, -0x1.b6747b8c59bc0p-52,
};

// Y1(z + d) / d in d, |d| <= 1.7, z the zero kY1Zero8 + kY1Zero8Low
inline constexpr double kY1Zero8 = 0x1.13127ae6169b4p+3;
inline constexpr double kY1Zero8Low = 0x1.479cc068d9046p-52;
inline constexpr double kY1Zero8Series[] = {
    0x1.15f993fceab5cp-2, -0x1.02b3933cf21b1p-6, -0x1.6395dfe49fcd3p-5,
    0x1.3ced2a2e69180p-9, 0x1.07a678d60003ap-9, -0x1.b50d7e1d31fd4p-14,
    -0x1.6f7bab1047fdcp-15, 0x1.176e72bf92a00p-19, 0x1.2becb2b384c94p-21,
    -0x1.a384eebe0141ep-26, -0x1.41e7a7879d978p-28, 0x1.9e3284044327fp-33,
    0x1.ec3fc35ee8df4p-36, -0x1.268643c801064p-40, -0x1.16cdeaaa7bbb6p-43,
    0x1.316d53d5a4b8bp-48, 0x1.eb3550cf8287dp-52, -0x1.0f0140391d31fp-56,
};

// The fraction bits of 2 / pi, 32 to a word
inline constexpr unsigned kTwoOverPiWords[] = {
    0xa2f9836e,
    0x4e441529,
    0xfc2757d1,
    0xf534ddc0,
    0xdb629599,
    0x3c439041,
    0xfe5163ab,
    0xdebbc561,
};

}  // namespace opensupa::devicelib
