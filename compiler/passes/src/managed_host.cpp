#include "managed_host.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "annotations.h"
#include "device_rules.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Operator.h"
#include "normalize_device.h"
#include "opensupa/binary/fat_binary.h"
#include "opensupa/passes/bitcode.h"

namespace opensupa::cc {
namespace {

/// One managed variable: its shadow, and its registration, whose fourth argument is its name in
/// device code.
struct Shadow {
  llvm::GlobalVariable* variable = nullptr;
  llvm::CallInst* registration = nullptr;
  std::string device_name;
};

std::string TextOf(const llvm::Value& pointer) {
  const auto* text = llvm::dyn_cast<llvm::GlobalVariable>(pointer.stripPointerCasts());
  if (text == nullptr || !text->hasInitializer()) return "";
  const auto* data = llvm::dyn_cast<llvm::ConstantDataArray>(text->getInitializer());
  return data != nullptr && data->isCString() ? data->getAsCString().str() : "";
}

std::vector<Shadow> FindShadows(const llvm::Module& module) {
  std::vector<Shadow> shadows;
  for (const Annotation& annotation : ReadAnnotations(module)) {
    if (annotation.name != kManagedMetadata) continue;
    auto* variable = llvm::dyn_cast<llvm::GlobalVariable>(annotation.target);
    if (variable == nullptr || variable->isDeclaration()) continue;
    Shadow shadow;
    shadow.variable = variable;
    for (llvm::User* user : variable->users()) {
      auto* call = llvm::dyn_cast<llvm::CallInst>(user);
      if (call == nullptr || call->getCalledFunction() == nullptr) continue;
      if (call->getCalledFunction()->getName() != "__cudaRegisterVar") continue;
      shadow.registration = call;
      shadow.device_name = TextOf(*call->getArgOperand(3));
    }
    shadows.push_back(std::move(shadow));
  }
  return shadows;
}

/// Initial values of device variables, said with the host's variables.
class Translator {
 public:
  /// `storage` maps names in device code to the host's variables.
  explicit Translator(const std::map<std::string, llvm::GlobalVariable*>& storage)
      : storage_(storage) {}

  absl::StatusOr<llvm::Constant*> Translate(llvm::Constant& constant) {
    if (llvm::isa<llvm::ConstantData>(constant)) return &constant;
    if (const auto* global = llvm::dyn_cast<llvm::GlobalValue>(&constant)) return Storage(*global);
    if (auto* expression = llvm::dyn_cast<llvm::ConstantExpr>(&constant)) {
      return TranslateExpression(*expression);
    }
    std::vector<llvm::Constant*> members;
    for (llvm::Use& use : constant.operands()) {
      absl::StatusOr<llvm::Constant*> member = Translate(*llvm::cast<llvm::Constant>(use.get()));
      if (!member.ok()) return member;
      members.push_back(*member);
    }
    if (auto* type = llvm::dyn_cast<llvm::StructType>(constant.getType())) {
      return llvm::ConstantStruct::get(type, members);
    }
    if (auto* type = llvm::dyn_cast<llvm::ArrayType>(constant.getType())) {
      return llvm::ConstantArray::get(type, members);
    }
    return llvm::ConstantVector::get(members);
  }

 private:
  absl::StatusOr<llvm::Constant*> Storage(const llvm::GlobalValue& global) {
    const auto found = storage_.find(global.getName().str());
    if (found != storage_.end()) return found->second;
    return absl::InvalidArgumentError(
        absl::StrCat("it holds the address of ", Quoted(global),
                     ", which is no __managed__ variable of the same translation unit"));
  }

  absl::StatusOr<llvm::Constant*> TranslateExpression(llvm::ConstantExpr& expression) {
    absl::StatusOr<llvm::Constant*> inner = Translate(*expression.getOperand(0));
    if (!inner.ok()) return inner;
    if (expression.getOpcode() == llvm::Instruction::AddrSpaceCast) return inner;
    if (const auto* element = llvm::dyn_cast<llvm::GEPOperator>(&expression)) {
      std::vector<llvm::Constant*> indices;
      for (const llvm::Use& index : element->indices()) {
        indices.push_back(llvm::cast<llvm::Constant>(index.get()));
      }
      return llvm::ConstantExpr::getGetElementPtr(element->getSourceElementType(), *inner, indices,
                                                  element->getNoWrapFlags());
    }
    if (expression.isCast()) {
      return llvm::ConstantExpr::getCast(expression.getOpcode(), *inner, expression.getType());
    }
    return absl::InvalidArgumentError(
        absl::StrCat("it holds the expression \"", expression.getOpcodeName(), "\""));
  }

  const std::map<std::string, llvm::GlobalVariable*>& storage_;
};

/// A variable of `type` that takes the name and the place of `shadow`.
llvm::GlobalVariable* MakeStorage(llvm::GlobalVariable& shadow, llvm::Type* type) {
  auto* storage = new llvm::GlobalVariable(*shadow.getParent(), type, /*isConstant=*/false,
                                           shadow.getLinkage(), llvm::Constant::getNullValue(type));
  storage->copyAttributesFrom(&shadow);
  storage->setExternallyInitialized(false);
  storage->setComdat(shadow.getComdat());
  storage->takeName(&shadow);
  shadow.replaceAllUsesWith(storage);
  return storage;
}

/// Registers `storage` by way of a variable with its address, as the runtime's interface wants it.
void RegisterStorage(llvm::GlobalVariable& storage, llvm::CallInst& registration) {
  llvm::Module& module = *storage.getParent();
  auto* address = new llvm::GlobalVariable(module, storage.getType(), /*isConstant=*/true,
                                           llvm::GlobalValue::PrivateLinkage, &storage,
                                           storage.getName() + ".storage");
  llvm::Function* plain = registration.getCalledFunction();
  registration.setCalledFunction(
      module.getOrInsertFunction("__supaRegisterManagedVar", plain->getFunctionType()));
  registration.setArgOperand(1, address);
}

absl::StatusOr<std::unique_ptr<llvm::Module>> ReadDeviceHalf(std::span<const std::byte> bytes,
                                                             llvm::LLVMContext& context) {
  absl::StatusOr<binary::FatBinary> fat_binary = binary::ParseFatBinary(bytes);
  if (!fat_binary.ok()) return fat_binary.status();
  return ReadModule(fat_binary->bitcode, fat_binary->source, context);
}

}  // namespace

absl::Status PlaceManagedVariables(llvm::Module& module, std::span<const std::byte> fat_binary) {
  std::vector<Shadow> shadows = FindShadows(module);
  if (shadows.empty()) return absl::OkStatus();
  std::unique_ptr<llvm::Module> device;
  if (!fat_binary.empty()) {
    absl::StatusOr<std::unique_ptr<llvm::Module>> read =
        ReadDeviceHalf(fat_binary, module.getContext());
    if (!read.ok()) return read.status();
    device = *std::move(read);
  }
  std::map<std::string, llvm::GlobalVariable*> storage;
  std::map<llvm::GlobalVariable*, llvm::Constant*> values;
  for (Shadow& shadow : shadows) {
    llvm::GlobalVariable* twin =
        device == nullptr ? nullptr : device->getNamedGlobal(shadow.device_name);
    llvm::Constant* value =
        twin == nullptr || !twin->hasInitializer() ? nullptr : twin->getInitializer();
    llvm::GlobalVariable* place = MakeStorage(
        *shadow.variable, value == nullptr ? shadow.variable->getValueType() : value->getType());
    shadow.variable->eraseFromParent();
    storage[shadow.device_name] = place;
    if (value != nullptr) values[place] = value;
    if (shadow.registration != nullptr) RegisterStorage(*place, *shadow.registration);
  }
  for (const auto& [place, value] : values) {
    absl::StatusOr<llvm::Constant*> translated = Translator(storage).Translate(*value);
    if (!translated.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("The initial value of the __managed__ variable ", Quoted(*place),
                       " cannot be known to the host: ", translated.status().message(), "."));
    }
    place->setInitializer(*translated);
  }
  return absl::OkStatus();
}

}  // namespace opensupa::cc
